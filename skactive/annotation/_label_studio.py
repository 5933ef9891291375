"""Exchange of a campaign with Label Studio, by files; layer 6.

In the forms of its documentation: a list of tasks with ``data``, ``meta`` and
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
    """A campaign whose batches may be labelled in Label Studio."""

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
        """Ask a batch, and write it as tasks for Label Studio.

        Parameters
        ----------
        path : str or Path
            The JSON file of tasks, to be imported. The labelling configuration of the
            project is written beside it, to ``<path>.xml``.
        n : int, default=None
            How many rows; None for the campaign's `n`.
        annotator : str, default="label-studio"
            Who is asked, as by `ask`. The same rows are written again until they are
            answered.
        image_url : callable, default=None
            Gives the address of the image of a row. None shows rows as `serve` does,
            and images are part of the file.
        predictions : bool, default=True
            Whether the model's predictions go along; not of the test set. After the
            file was opened again, the model is fitted for them.

        Returns
        -------
        list of Task
            What was written.

        Raises
        ------
        ValueError
            If the labels are not classes, none is known yet, or rows are shown in
            several forms.
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
        """Take the answers of a JSON export of Label Studio.

        All of the file is checked before any answer is taken. Of several annotations
        of a row by one person the newest counts; cancelled ones are skips ("unsure").
        A file may be read again: what is known already is not written again.

        Parameters
        ----------
        path : str or Path
            The export; in Label Studio: Export, JSON.
        annotator : str or mapping, default=None
            The name of the one who answered; or names by email, or by Label Studio's
            number of a person. By default emails, or "label-studio 7" where the export
            has only the number.

        Returns
        -------
        int
            How many rows got an answer, or a skip, that stands.

        Raises
        ------
        ValueError
            If the file is no such export, or has rows, or classes, that are not the
            campaign's; nothing is taken then.
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
