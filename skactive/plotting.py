"""Learning curves, drawn; layer 5. Needs matplotlib, and only when it draws."""

import numpy as np

__all__ = ["LearningCurveDisplay"]

# Okabe and Ito's colours, told apart with every kind of colour vision; no yellow,
# which is too faint for a line
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", ":", "-.")
LABEL_SIZE = 9.0  # of the names at the lines' ends, in points
LABEL_GAP = 1.25  # between them, in sizes


class LearningCurveDisplay:
    """Learning curves of several strategies in one picture.

    A line for each strategy, a band for the spread over splits, and the name at the
    line's end in its colour.

    Parameters
    ----------
    results : dict of str to LearningCurve
        Curves by the name of the strategy.
    score : str, default=None
        Which score to draw; the first by default.
    average : {"median", "mean"}, default="median"
        What the line shows. The band goes from the lower to the upper quartile around
        a median, and one standard deviation to each side of a mean.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the curves were drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    lines_ : list of matplotlib Line2D
        One for each strategy.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD, RandomSampling
    >>> from skactive.model_selection import active_learning_curve
    >>> from skactive.plotting import LearningCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(n_estimators=10, min_samples_leaf=2)
    >>> results = {
    ...     type(strategy).__name__: active_learning_curve(
    ...         strategy, X, y, n=5, rounds=2, cv=3, random_state=0
    ...     )
    ...     for strategy in (BALD(forest), RandomSampling(forest))
    ... }
    >>> display = LearningCurveDisplay.from_results(results)
    """

    def __init__(self, results, *, score=None, average="median"):
        self.results = results
        self.score = score
        self.average = average

    @classmethod
    def from_results(cls, results, *, score=None, average="median", ax=None):
        """Draw the curves of several strategies.

        Parameters
        ----------
        results : dict of str to LearningCurve
            Curves by the name of the strategy.
        score : str, default=None
            Which score to draw; the first by default.
        average : {"median", "mean"}, default="median"
            What the line shows; see the class.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        LearningCurveDisplay
            With the curves drawn.
        """
        return cls(results, score=score, average=average).plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        self : object
            With ``ax_``, ``figure_`` and ``lines_``.
        """
        score = self._checked_score()
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(layout="constrained")[1]
        self.ax_, self.figure_ = ax, ax.figure
        self.lines_ = [
            self._draw(curve.n_labels, curve.scores[score], number)
            for number, curve in enumerate(self.results.values())
        ]
        ax.set(xlabel="number of labels", ylabel=score.replace("_", " "))
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", alpha=0.25)
        ax.margins(x=0)
        self._name_lines()
        return self

    def _checked_score(self):
        if not self.results:
            raise ValueError("results is empty: there is no curve to draw")
        if self.average not in ("median", "mean"):
            raise ValueError(f"average={self.average!r} is neither 'median' nor 'mean'")
        names = list(next(iter(self.results.values())).scores)
        score = names[0] if self.score is None else self.score
        for strategy, curve in self.results.items():
            if score not in curve.scores:
                raise ValueError(
                    f"the curve of {strategy} has no score {score!r}; it has "
                    f"{list(curve.scores)}"
                )
        return score

    def _draw(self, n_labels, scores, number):
        """Draw one strategy's line and band."""
        line, low, high = _summary(scores, self.average)
        colour = COLOURS[number % len(COLOURS)]
        dash = DASHES[number // len(COLOURS) % len(DASHES)]
        if len(scores) > 1:
            self.ax_.fill_between(
                n_labels, low, high, color=colour, alpha=0.15, linewidth=0
            )
        return self.ax_.plot(n_labels, line, color=colour, linestyle=dash, lw=1.8)[0]

    def _name_lines(self):
        """Write each strategy's name at its line's end, none over another."""
        self.ax_.autoscale_view()  # else the heights are not known before drawing
        ends = [line.get_xydata()[-1] for line in self.lines_]
        points = self.ax_.transData.transform(ends) * 72 / self.figure_.dpi
        shifts = _apart(points[:, 1], LABEL_GAP * LABEL_SIZE) - points[:, 1]
        for name, line, end, shift in zip(
            self.results, self.lines_, ends, shifts, strict=True
        ):
            self.ax_.annotate(
                name,
                end,
                xytext=(5, shift),
                textcoords="offset points",
                color=line.get_color(),
                fontsize=LABEL_SIZE,
                va="center",
                annotation_clip=False,
            )


def _summary(scores, average):
    """Line, lower and upper edge of the band: three arrays (rounds,)."""
    if average == "median":
        low, line, high = np.quantile(scores, [0.25, 0.5, 0.75], axis=0)
        return line, low, high
    ddof = min(1, len(scores) - 1)
    line, spread = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=ddof)
    return line, line - spread, line + spread


def _apart(heights, gap):
    """Move heights as little as keeps them `gap` apart, in their order.

    Least squares under order constraints: pool neighbours that would overlap.
    """
    order = np.argsort(heights, kind="stable")
    groups = []  # of neighbours: [sum of (height - place * gap), number]
    for place, height in enumerate(heights[order]):
        groups.append([height - place * gap, 1])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            total, number = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += number
    base = np.repeat([_mean(group) for group in groups], [g[1] for g in groups])
    moved = np.empty_like(heights)
    moved[order] = base + gap * np.arange(len(heights))
    return moved


def _mean(group):
    return group[0] / group[1]
