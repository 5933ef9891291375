"""Campaign: labels from people, over days; layer 6."""

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
    """Labels from people: what was asked, answered and is left to ask, on disk.

    People are asked what the strategy chose, and answer when they like; the model is
    fitted again, in a thread of its own, whenever enough answers are in. All that
    happens is written to one SQLite file before a call returns: the campaign goes on
    where it was after a crash, or next week.

    Parameters
    ----------
    path : str or Path
        The file; it is made if there is none.
    strategy : QueryStrategy or Pipeline, default=None
        What chooses; cloned for each round. Needed unless the file is only read.
    X : array-like of n points, default=None
        All rows, in whatever container the model accepts; it is not stored, only a
        fingerprint of each row. None opens a campaign for reading, which many may do
        while one process writes.
    ids : sequence of int or str, default=None
        What rows are known by, for good; by default a frame's index, else 0..n-1.
    classes : sequence of str, int or bool, default=None
        The labels, in the order in which they are shown. More may be added by
        answering with them.
    show : str or callable, default=None
        How the page shows a row; see `serve`.
    n : int, default=10
        Size of a batch.
    reserve : int, default=10
        Rows that are ranked beyond it, and asked while the model is fitted.
    refit_every : int, default=None
        Fit again when so many answers are in; None for `n`.
    overlap : int, default=1
        How many different people are to label each row that is asked.
    test_size : int or float, default=0
        Size (or share) of a random test set, which is labelled first and never trained
        on. A share is also taken of rows that are added later.
    test_labels : int, default=None
        Do not label the whole test set first, but so many rows of it, drawn round by
        round where the model is expected to err: LURE, by
        `skactive.metrics.active_test_estimate`, makes an unbiased accuracy of these.
    initial : {"auto", "random"} or QueryStrategy, default="auto"
        What chooses until two classes are labelled: `TypiClust` where there are
        features, else random rows.
    stopping : StoppingCriterion, or list or dict of them, default=None
        Criteria of `skactive.stopping`. They report, by `progress`, and stop nothing.
    cost : array-like of shape (n,), float or callable, default=None
        What a label of each row costs; a callable is given rows.
    budget : float, default=None
        What a batch may cost; needs `cost`.
    lease : float, default=600
        Seconds after which a task that is not answered goes to others.
    random_state : int, RandomState or None, default=None
        Source of all chance, used when the file is made.
    consensus : {"majority", "dawid-skene"}, default="majority"
        How several answers become the label to train on. Values are averaged.
    scoring : str or callable, default=None
        What is measured on the test set; None for the model's own score.
    clock : callable, default=time.time
        Gives the time in seconds since 1970.

    Attributes
    ----------
    estimator_ : estimator
        The model, fitted on the labels so far.
    strategy_ : QueryStrategy or Pipeline
        The strategy that it is part of.
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
    With nets, labels travel as places in `classes`: these are what ``estimator_``
    predicts.

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
        """Add rows, labels that there are already, or both.

        Parameters
        ----------
        X : array-like of m points
            Rows, new ones or those of the campaign.
        ids : sequence of int or str, default=None
            Their ids; by default a frame's index, else the numbers that come next.
        y : array-like of shape (m,), default=None
            Labels; None or NaN where there is none. The first ranking that uses them
            is waited for.
        cost : array-like of shape (m,), float or callable, default=None
            What a label of each costs; needed where the campaign's own `cost` is an
            array.
        """
        with self._lock:
            self._writable()
            add_rows(self, X, ids, y, cost)
            future = self._worker.request()
        if y is not None:
            future.exception()  # stored, and reported by progress()

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        open_browser: bool = True,
        *,
        guidelines: str = "",
        title: str = "",
    ) -> ServerHandle | None:
        """Serve a page on which people label, on this machine.

        It prints one line, the address of the page with its secret token, and blocks
        until it is interrupted (Ctrl+C). It needs the extra ``label``.

        Parameters
        ----------
        host : str, default="127.0.0.1"
            What to listen on. By default only this machine reaches the page;
            ``"0.0.0.0"`` opens it to the network, unencrypted.
        port : int, default=0
            Port; 0 takes a free one.
        open_browser : bool, default=True
            Open the page in the browser of this machine.
        guidelines : str, default=""
            Text that annotators can read on the page.
        title : str, default=""
            Title of the page.

        Returns
        -------
        ServerHandle or None
            In a running event loop, as in a notebook, the page is served in a thread,
            and what is returned has its address, ``url``, and ``close()``.
        """
        return serve(
            self,
            host=host,
            port=port,
            open_browser=open_browser,
            guidelines=guidelines,
            title=title,
        )
