"""Exchange labels with Label Studio by files; layer 6.

The formats are those of its documentation: a list of tasks with ``data``, ``meta`` and
``predictions``, a labelling configuration in XML, and its JSON export.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from skactive.annotation._asking import Asking
from skactive.annotation._label_studio_export import Annotation, read_export
from skactive.annotation._label_studio_tasks import check_choices, write_tasks
from skactive.annotation._records import Task
from skactive.annotation._settings import check_count

__all__ = ["LabelStudio"]


class LabelStudio(Asking):
    """A campaign whose batches can also be labelled in Label Studio."""

    n: int
    show: Any

    def to_label_studio(
        self,
        path: str | Path,
        n: int | None = None,
        *,
        annotator: str = "label-studio",
        image_url: Callable[[Any], str] | None = None,
        predictions: bool = True,
    ) -> list[Task]:
        """Hand out a batch and write it as tasks for Label Studio.

        Parameters
        ----------
        path : str or Path
            JSON file of the tasks, to be imported. The labelling configuration of the
            project is written to ``<path>.xml``.
        n : int, default=None
            Number of rows; by default the campaign's `n`.
        annotator : str, default="label-studio"
            Annotator to whom the tasks are handed out, as by `ask`. Until they are
            answered, the same rows are written again.
        image_url : callable, default=None
            Returns the address of a row's image. By default rows are shown as in
            `serve`, and images are embedded in the file.
        predictions : bool, default=True
            Whether to add the model's predictions, except for test rows. If the
            campaign was just opened, the model is refitted first.

        Returns
        -------
        list of Task
            The tasks that were written.

        Raises
        ------
        ValueError
            If the labels are not classes, no class is known yet, or rows are displayed
            in different forms.
        """
        n = self.n if n is None else check_count("n", n, 1)
        with self._lock:
            self._writable()
            check_choices(self._task, self.classes_)
            tasks = self.ask(annotator, n)
        write_tasks(self, path, tasks, image_url, predictions)
        return tasks

    def from_label_studio(
        self, path: str | Path, annotator: str | Mapping[Any, str] | None = None
    ) -> int:
        """Read answers from a JSON export of Label Studio.

        The whole file is checked before any answer is stored. Of several annotations of
        a row by the same person, the newest counts; cancelled ones become skips
        ("unsure"). A file may be read again: answers that are stored already are not
        stored twice.

        Parameters
        ----------
        path : str or Path
            The export (in Label Studio: Export, JSON).
        annotator : str or mapping, default=None
            Name of the annotator; or names by email address or Label Studio's number of
            a person. By default the email address, or "label-studio 7" if the export
            only has the number.

        Returns
        -------
        int
            Number of rows with a valid answer or skip from the file.

        Raises
        ------
        ValueError
            If the file is not such an export, or contains rows or classes that the
            campaign does not have; nothing is stored then.
        """
        with self._lock:
            self._writable()
            found = read_export(self, path, annotator)
            for one in found:
                self._take_annotation(one)
        return len(found)

    def _take_annotation(self, one: Annotation) -> None:
        if one.label is not None:
            self.tell(one.id, one.label, one.annotator, one.seconds)
            return
        act = self._state.current.get(one.id, {}).get(one.annotator)
        if act is None or act.reason is None:
            self.skip(one.id, one.annotator)
