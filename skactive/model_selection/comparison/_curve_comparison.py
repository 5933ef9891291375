"""CurveComparison: differences of learning curves in numbers and words; layer 6."""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CurveComparison", "write_p"]

TESTS = {
    "sign_flip": "sign-flip",
    "wilcoxon": "Wilcoxon",
    "likelihood_ratio": "likelihood ratio",
}


@dataclass(frozen=True)
class CurveComparison:
    """Differences between learning curves, with tests; see `compare_curves`.

    ``print(comparison)`` gives a summary in words.

    Parameters
    ----------
    score : str
        The score that was compared.
    n_labels : ndarray of shape (rounds,)
        Number of labels in each round.
    areas : dict of str to ndarray of shape (n_splits,)
        Normalized area under the curve of each strategy.
    results : dict of str to ndarray
        Columns with one entry per comparison: ``strategy`` and ``baseline``;
        ``difference``, the mean difference in area, and ``standardized``, the same
        divided by the standard deviation of the differences, both with ``_low`` and
        ``_high`` for the ends of their intervals; ``n_better``, the number of splits on
        which the strategy is better; ``p_sign_flip``, ``p_wilcoxon`` and
        ``p_likelihood_ratio``, each with ``_holm`` for the corrected p-value.
    greater_is_better : bool
        Whether higher scores are better.
    confidence_level : float
        Confidence level of the intervals. Differences whose p-value is at most one
        minus this are called significant.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.model_selection import LearningCurve, compare_curves
    >>> rng, n_labels = np.random.default_rng(0), np.array([10, 20, 30])
    >>> curves = {
    ...     name: LearningCurve(
    ...         n_labels, {"accuracy": rng.normal(mean, 0.02, (6, 3))}, None, None, None
    ...     )
    ...     for name, mean in [("BALD", 0.8), ("random", 0.7)]
    ... }
    >>> comparison = compare_curves(curves, random_state=0)
    >>> type(comparison).__name__
    'CurveComparison'
    >>> print(comparison)
    Area under the accuracy curve, 10 to 30 labels, 6 paired splits, 95% intervals.
    <BLANKLINE>
    BALD over random: +0.0938 [+0.0837, +0.104], 9.8 sd, better on 6 of 6 splits
        sign-flip p = .031, Wilcoxon p = .031, likelihood ratio p = 3e-20
        significant at 5%: BALD is better
    """

    score: str
    n_labels: np.ndarray
    areas: dict[str, np.ndarray]
    results: dict[str, np.ndarray]
    greater_is_better: bool = True
    confidence_level: float = 0.95

    def to_frame(self) -> Any:
        """Convert the comparisons to a data frame; requires pandas.

        Returns
        -------
        pandas.DataFrame
            One row per comparison, one column for each entry of ``results``.
        """
        import pandas as pd

        return pd.DataFrame(self.results)

    def summary(self) -> str:
        """Summarize the results in words, and say if there are too few splits.

        Returns
        -------
        str
            Three lines per comparison, after a line that explains the numbers.
        """
        first, last = self.n_labels[[0, -1]]
        parts = [
            f"Area under the {self.score} curve, {first} to {last} labels, "
            f"{self._n_splits} paired splits, {100 * self.confidence_level:.4g}% "
            "intervals."
        ]
        keys = self.results
        rows = zip(*keys.values(), strict=True)
        parts += [self._describe(dict(zip(keys, row, strict=True))) for row in rows]
        return "\n\n".join([*parts, *self._warn_of_few()])

    def __str__(self) -> str:
        return self.summary()

    @property
    def _n_splits(self):
        return len(next(iter(self.areas.values())))

    @property
    def _alpha(self):
        return significance_level(self.confidence_level)

    @property
    def _level(self):
        return f"{100 * self._alpha:.4g}%"

    def _describe(self, row):
        """Describe one comparison in three lines."""
        difference, low, high = (
            f"{row[f'difference{end}']:+.3g}" for end in ("", "_low", "_high")
        )
        size = f"{row['standardized']:.2g} sd, " if row["difference"] else ""
        effect = (
            f"{row['strategy']} over {row['baseline']}: {difference} [{low}, {high}], "
            f"{size}better on {row['n_better']} of {self._n_splits} splits"
        )
        tests = [f"{words} p = {self._p(row, test)}" for test, words in TESTS.items()]
        return "\n    ".join([effect, ", ".join(tests), self._verdict(row)])

    def _p(self, row, test):
        text = write_p(row[f"p_{test}"])
        if len(self.results["strategy"]) > 1:
            text += f" (Holm {write_p(row[f'p_{test}_holm'])})"
        return text

    def _verdict(self, row):
        """Verdict of the sign-flip test, after correction."""
        if row["p_sign_flip_holm"] > self._alpha:
            return (
                f"not significant at {self._level}: the difference could be due to "
                "chance"
            )
        is_better = (row["difference"] > 0) == self.greater_is_better
        winner = row["strategy" if is_better else "baseline"]
        return f"significant at {self._level}: {winner} is better"

    def _warn_of_few(self):
        """Explain if no difference could be significant with so few splits."""
        n, m = self._n_splits, len(self.results["strategy"])
        # smallest p: all differences have one sign; Holm's correction
        least = m * 2 / 2**n
        if least <= self._alpha:
            return
        enough = int(np.ceil(np.log2(2 * m / self._alpha)))
        times = f" times {m} comparisons" if m > 1 else ""
        yield (
            f"Too few splits: the sign-flip test of {n} cannot give less than p = "
            f"2 / 2^{n}{times} = {write_p(min(1, least))}, so that no difference can "
            f"be significant at {self._level}. Use at least {enough} splits."
        )


def significance_level(confidence_level: float) -> float:
    """Level of the tests that agree with intervals, without rounding: .05 for .95."""
    return round(1 - confidence_level, 12)


def write_p(p: float) -> str:
    """Format a p-value as papers do: .031, 4e-11."""
    if 0 < p < 1e-3:
        return f"{p:.0e}".replace("e-0", "e-")
    return f"{p:.3f}".rstrip("0").rstrip(".").removeprefix("0") or "0"
