"""Campaign: collect labels from people over days; layer 6."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from skactive.annotation._growing import add_rows
from skactive.annotation._label_studio import LabelStudio
from skactive.annotation._opening import open_campaign
from skactive.annotation._page import ServerHandle, serve

__all__ = ["Campaign"]


class Campaign(LabelStudio):
    """Collect labels from people: tasks, answers and progress, stored on disk.

    People are asked about the points that the strategy queries, and answer when they
    like. The model is refitted in a thread whenever enough answers have come in. Every
    action is written to one SQLite file before its call returns, so a campaign
    continues where it was after a crash, or weeks later.

    Parameters
    ----------
    path : str or Path
        The file; it is created if it does not exist.
    strategy : QueryStrategy or Pipeline, default=None
        Strategy that chooses the rows to label; cloned in each round. Not needed to
        read the file only.
    X : array-like of n points, default=None
        All rows, in any container that the model accepts. Only a fingerprint of each
        row is stored. None opens a campaign for reading, which is possible while
        another process writes.
    ids : sequence of int or str, default=None
        Permanent ids of the rows; by default the index of a data frame, else 0..n-1.
    classes : sequence of str, int or bool, default=None
        The classes, in the order in which they are shown. Answers may add more.
    show : str or callable, default=None
        How the page displays a row; see `serve`.
    n : int, default=10
        Batch size.
    reserve : int, default=10
        Number of further rows that are ranked, to be asked while the model is fitted.
    refit_every : int, default=None
        Number of answers after which the model is refitted; `n` by default.
    overlap : int, default=1
        Number of annotators who label each queried row.
    test_size : int or float, default=0
        Size, or fraction, of a random test set, which is labelled first and never
        trained on. A fraction also applies to rows that are added later.
    test_labels : int, default=None
        Number of rows of the test set to label, instead of all of them first. They are
        drawn in each round where the model is expected to be wrong, and
        `skactive.metrics.active_test_estimate` (LURE) corrects for that, so that the
        accuracy is unbiased.
    initial : {"auto", "random"} or QueryStrategy, default="auto"
        What chooses rows until two classes are labelled: `TypiClust` if there are
        numeric features, or random rows.
    stopping : StoppingCriterion, or list or dict of them, default=None
        Criteria of `skactive.stopping`, reported by `progress`. They do not stop the
        campaign.
    cost : array-like of shape (n,), float or callable, default=None
        Cost of labelling each row; a callable is called with rows.
    budget : float, default=None
        Maximum cost of a batch; requires `cost`.
    lease : float, default=600
        Seconds after which a task that was not answered is given to others.
    random_state : int, RandomState or None, default=None
        Seed of the campaign, used when the file is created.
    consensus : {"majority", "dawid-skene"}, default="majority"
        How several answers to a row are combined to the label to train on. Numeric
        values are averaged.
    scoring : str or callable, default=None
        Score on the test set; by default the model's own.
    clock : callable, default=time.time
        Returns the time in seconds since 1970.

    Attributes
    ----------
    estimator_ : estimator
        The model, fitted on the labels so far.
    strategy_ : QueryStrategy or Pipeline
        The fitted strategy that contains it.
    rounds_ : list of Round
        The fits so far.
    classes_ : list
        The classes.
    ids_ : list
        Ids of all rows.
    test_ids_ : list
        Ids of the rows of the test set.

    Notes
    -----
    Nets are trained on indices into `classes` instead of labels, which are also what
    ``estimator_`` predicts then.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Margin
    >>> from skactive.annotation import Campaign
    >>> X, y = load_iris(return_X_y=True)
    >>> path = Path(tempfile.mkdtemp(), "iris.sqlite")
    >>> campaign = Campaign(path, Margin(LogisticRegression()), X, n=6, random_state=0)
    >>> for task in campaign.ask("ann", n=6):
    ...     campaign.tell(task.id, y[task.row], annotator="ann")
    >>> campaign.refit().ask("ann")[0].round
    1
    >>> campaign.progress()["labelled"]
    6
    >>> campaign.close()
    """

    def __init__(
        self,
        path: str | Path,
        strategy: Any = None,
        X: Any = None,
        *,
        ids: Iterable[Any] | None = None,
        classes: Sequence[Any] | None = None,
        show: Any = None,
        n: int = 10,
        reserve: int = 10,
        refit_every: int | None = None,
        overlap: int = 1,
        test_size: int | float = 0,
        test_labels: int | None = None,
        initial: Any = "auto",
        stopping: Any = None,
        cost: Any = None,
        budget: float | None = None,
        lease: float = 600,
        random_state: Any = None,
        consensus: str = "majority",
        scoring: Any = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path, self.show, self.stopping = Path(path), show, stopping
        self.strategy, self.n, self.reserve = strategy, n, reserve
        self.refit_every = n if refit_every is None else refit_every
        self.overlap, self.initial = overlap, initial
        self.test_size, self.test_labels = test_size, test_labels
        self.cost, self.budget, self.lease = cost, budget, lease
        self.consensus, self.scoring = consensus, scoring
        opened = open_campaign(self, X, ids, classes, random_state, clock)
        super().__init__(opened, clock)

    def add(
        self, X: Any, ids: Iterable[Any] | None = None, y: Any = None, cost: Any = None
    ) -> None:
        """Add rows, existing labels, or both.

        Parameters
        ----------
        X : array-like of m points
            Rows, which may be new or known.
        ids : sequence of int or str, default=None
            Ids of the rows; by default the index of a data frame, else the next
            numbers.
        y : array-like of shape (m,), default=None
            Labels, with None or NaN for rows without one. If given, the call waits for
            the next ranking, which uses them.
        cost : array-like of shape (m,), float or callable, default=None
            Cost of labelling each row; required if the campaign's `cost` is an array.
        """
        with self._lock:
            self._writable()
            add_rows(self, X, ids, y, cost)
            future = self._worker.request()
        if y is not None:
            # waits; an exception is stored, and reported by progress()
            future.exception()

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        open_browser: bool = True,
        *,
        guidelines: str = "",
        title: str = "",
    ) -> ServerHandle | None:
        """Serve the labelling page from this computer.

        It prints the address of the page, which contains a secret token, and blocks
        until it is interrupted (Ctrl+C). Requires the extra ``label``.

        Parameters
        ----------
        host : str, default="127.0.0.1"
            Address to listen on. By default the page can be reached from this computer
            only; ``"0.0.0.0"`` makes it available in the network, without encryption.
        port : int, default=0
            Port; 0 chooses a free one.
        open_browser : bool, default=True
            Whether to open the page in a browser on this computer.
        guidelines : str, default=""
            Text shown to annotators on the page.
        title : str, default=""
            Title of the page.

        Returns
        -------
        ServerHandle or None
            In a running event loop, such as in a notebook, the page is served in a
            thread, and the handle has its address, ``url``, and ``close()``. Otherwise
            None.
        """
        return serve(
            self,
            host=host,
            port=port,
            open_browser=open_browser,
            guidelines=guidelines,
            title=title,
        )
