"""Plot of the labels saved and the score lost by stopping; layer 7."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from skactive.plotting._style import COLOURS, INK, TEXT_SIZE, as_rows

__all__ = ["StoppingDisplay"]

HEIGHT = 0.4  # of a row, in inches
PANELS = (("share_saved", 100, "labels saved (%)"), ("lost_score", 1, "score lost"))
NEEDED = {"strategy", "criterion", "stopped", "share_saved", "lost_score"}


class StoppingDisplay:
    """Labels saved and score lost by each stopping criterion, one dot per split.

    There is one row per strategy and criterion, with the number of splits on which the
    criterion stopped. The vertical mark is the median over these splits. A split
    without a stop saves no labels and loses no score; its dot is hollow.

    Parameters
    ----------
    results : dict of str to array
        ``stopping_results_`` of a `skactive.model_selection.StrategySearchCV`.

    Attributes
    ----------
    axes_ : tuple of two matplotlib Axes
        The axes of the labels saved and of the score lost.
    figure_ : matplotlib Figure
        The figure of the plot.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Margin
    >>> from skactive.model_selection import StrategySearchCV
    >>> from skactive.plotting import StoppingDisplay
    >>> from skactive.stopping import Budget, Plateau
    >>> search = StrategySearchCV(
    ...     {"Margin": Margin(LogisticRegression(max_iter=1000))},
    ...     n=5, rounds=8, cv=3, random_state=0,
    ...     stopping={"plateau": Plateau(), "30 labels": Budget(labels=30)},
    ... ).fit(*load_iris(return_X_y=True))
    >>> display = StoppingDisplay.from_results(search.stopping_results_)
    """

    def __init__(self, results: Mapping[str, Any]) -> None:
        self.results = results

    @classmethod
    def from_results(
        cls, results: Mapping[str, Any], *, axes: Sequence[Any] | None = None
    ) -> Self:
        """Plot the effects of stopping criteria on past runs.

        Parameters
        ----------
        results : dict of str to array, or data frame
            ``stopping_results_`` of a search, or the same table read from a file.
        axes : sequence of two matplotlib Axes, default=None
            Axes to draw on; a new figure by default.

        Returns
        -------
        StoppingDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If a column is missing, or there are no rows.
        """
        return cls(results).plot(axes)

    def plot(self, axes: Sequence[Any] | None = None) -> Self:
        """Plot the criteria from top to bottom, in the order of the results.

        Parameters
        ----------
        axes : sequence of two matplotlib Axes, default=None
            Axes to draw on; a new figure by default.

        Returns
        -------
        self : object
            The display, with ``axes_`` and ``figure_`` set.
        """
        columns = self._columns()
        pairs = list(zip(columns["strategy"], columns["criterion"], strict=True))
        rows = list(dict.fromkeys(pairs))
        self.axes_ = _new_axes(len(rows)) if axes is None else tuple(axes)
        self.figure_ = self.axes_[0].figure
        for y, row in enumerate(rows):
            of_row = np.array([pair == row for pair in pairs])
            self._draw(y, {name: found[of_row] for name, found in columns.items()})
        several = len(set(columns["strategy"])) > 1
        names = [f"{c} ({s})" if several else str(c) for s, c in rows]
        self.axes_[0].set_yticks(range(len(rows)), names)
        self._finish(len(rows))
        return self

    def _columns(self):
        """Return the columns to plot, as arrays."""
        missing = NEEDED - set(self.results)
        if missing:
            raise ValueError(
                f"the stopping results lack the columns {sorted(missing)}; pass "
                "stopping_results_ of a search that was run with stopping={...}"
            )
        columns = {name: np.asarray(self.results[name]) for name in sorted(NEEDED)}
        if not len(columns["stopped"]):
            raise ValueError(
                "the stopping results have no rows; pass those of a search with a "
                "finished split"
            )
        return columns

    def _draw(self, y, row):
        """Draw one row: splits, their median, and how often the criterion stopped."""
        stopped = row["stopped"].astype(bool)
        for ax, (name, scale, _) in zip(self.axes_, PANELS, strict=True):
            value = scale * row[name].astype(float)
            style = {"color": COLOURS[0], "ls": "none", "marker": "o", "ms": 6}
            ax.plot(value[stopped], np.full(stopped.sum(), y), alpha=0.5, **style)
            ax.plot(value[~stopped], np.full((~stopped).sum(), y), mfc="none", **style)
            if stopped.any():
                middle = np.median(value[stopped])
                ax.plot([middle] * 2, [y - 0.3, y + 0.3], color=INK, lw=1.5)
        self.axes_[1].annotate(
            f"{stopped.sum()} of {len(stopped)}",
            (1, y),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=TEXT_SIZE,
            annotation_clip=False,
        )

    def _finish(self, n_rows):
        """Label the axes and the column of text beside them."""
        for ax, (_, _, label) in zip(self.axes_, PANELS, strict=True):
            ax.set_xlabel(label)
            as_rows(ax, n_rows)
        self.axes_[1].axvline(0, color=INK, lw=0.8)
        self.axes_[1].set_title("stopped", loc="right", fontsize=TEXT_SIZE)


def _new_axes(n_rows):
    import matplotlib.pyplot as plt

    size = (8.0, 1.2 + HEIGHT * n_rows)
    _, axes = plt.subplots(1, 2, figsize=size, sharey=True, layout="constrained")
    return tuple(axes)
