"""compare_curves: test whether strategies differ; layer 6."""

from itertools import combinations
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skactive.metrics import area_under_curve
from skactive.model_selection.comparison._check_paired import check_paired
from skactive.model_selection.comparison._curve_comparison import CurveComparison
from skactive.model_selection.comparison._intervals import intervals
from skactive.model_selection.comparison._paired import (
    ROUNDING,
    holm,
    likelihood_ratio_p,
    sign_flip_p,
    standardized,
    wilcoxon_p,
)
from skactive.model_selection.comparison._read_curves import read_curves

__all__ = ["compare_curves"]


def compare_curves(
    results: Any,
    *,
    baseline: str | None = None,
    score: str | None = None,
    greater_is_better: bool = True,
    confidence_level: float = 0.95,
    n_resamples: int = 9999,
    random_state: Any = None,
) -> CurveComparison:
    """Test whether strategies differ in the areas under their learning curves.

    Curves must be paired: each split must have the same initial labels, training and
    test sets, and numbers of labels for all strategies. Three tests are made for each
    comparison:

    * *sign-flip*: the permutation test of the paired differences in area, exact for up
      to 16 splits. Its only assumption is that, if the strategies were equal, the
      difference of a split would be equally likely to have either sign. The verdict in
      the summary is based on this test.
    * *Wilcoxon*: the signed-rank test, which is less affected by outliers.
    * *likelihood ratio*: the test of DEIMOS [1]_ between linear mixed models with a
      random effect of the round, with and without a fixed effect of the strategy. It
      treats the rounds of a split as independent, which they are not: at .05 it finds
      a difference between random sampling and itself in 23 to 30 of 100 experiments
      (``benchmarks/papers/false_alarms.py``). It is given for comparison with that
      paper.

    P-values are corrected for the number of comparisons by Holm's method. Intervals are
    studentized bootstrap intervals over splits; for fewer than eight splits they are
    based on Student's t distribution, which assumes normal differences.

    Parameters
    ----------
    results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
        Learning curves by name of the strategy; or the result of ``to_frame()`` of a
        search, which may have been written to a file and read back.
    baseline : str, default=None
        Strategy with which every other one is compared; all pairs by default.
    score : str, default=None
        Name of the score to compare; the first one by default.
    greater_is_better : bool, default=True
        Whether higher scores are better, as for all scorers of scikit-learn.
    confidence_level : float, default=0.95
        Confidence level of the intervals. Differences whose p-value is at most one
        minus this are called significant.
    n_resamples : int, default=9999
        Number of bootstrap resamples, and of random signs if there are too many splits
        to try all combinations.
    random_state : int, RandomState or None, default=None
        Seed of the bootstrap and of the random signs.

    Returns
    -------
    CurveComparison
        Differences, intervals and p-values; ``print`` it for a summary in words.

    Raises
    ------
    ValueError
        If curves are not paired or contain NaN, or there are fewer than two
        strategies, splits or rounds.
    TypeError
        If `results` has another type, or a curve is not a `LearningCurve`.

    References
    ----------
    .. [1] "Active learning in CNNs via expected improvement maximization", under
       review, 2021, appendix C.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive import Entropy, RandomSampling
    >>> from skactive.model_selection import active_learning_curve, compare_curves
    >>> X, y = load_iris(return_X_y=True)
    >>> curves = {
    ...     type(strategy).__name__: active_learning_curve(
    ...         strategy, X, y, n=4, rounds=3, cv=5, random_state=0
    ...     )
    ...     for strategy in (Entropy(GaussianNB()), RandomSampling(GaussianNB()))
    ... }
    >>> comparison = compare_curves(curves, random_state=0)
    >>> comparison.results["strategy"], comparison.results["baseline"]
    (array(['Entropy'], dtype='<U7'), array(['RandomSampling'], dtype='<U14'))
    >>> bool(comparison.results["p_sign_flip"][0] >= 2 / 2**5)
    True
    """
    _check_options(confidence_level, n_resamples)
    score, curves = read_curves(results, score)
    pairs = _pairs(curves, baseline)
    check_paired(curves)
    n_labels = next(iter(curves.values())).n_labels
    areas = {
        name: area_under_curve(n_labels, curve.scores) for name, curve in curves.items()
    }
    # the same seed for all pairs: a result does not depend on what else is compared
    seed = check_random_state(random_state).randint(2**32, dtype=np.uint32)
    rows = []
    for a, b in pairs:
        d_n = _differences(areas[a], areas[b])
        p_values = _p_values(d_n, curves[a], curves[b], n_resamples, seed)
        effect = _effect(d_n, greater_is_better, confidence_level, n_resamples, seed)
        rows.append({"strategy": a, "baseline": b, **effect, **p_values})
    return CurveComparison(
        score, n_labels, areas, _columns(rows), greater_is_better, confidence_level
    )


def _check_options(confidence_level, n_resamples):
    bounds = {"min_val": 0, "max_val": 1, "include_boundaries": "neither"}
    check_scalar(confidence_level, "confidence_level", Real, **bounds)
    check_scalar(n_resamples, "n_resamples", Integral, min_val=1)


def _pairs(curves, baseline):
    """Names of the strategies to compare, as pairs."""
    if len(curves) < 2:
        raise ValueError(
            f"results has a single strategy, {next(iter(curves))}; a comparison needs "
            "two or more"
        )
    if baseline is None:
        return list(combinations(curves, 2))
    if baseline not in curves:
        raise ValueError(f"baseline={baseline!r} is not one of {list(curves)}")
    return [(name, baseline) for name in curves if name != baseline]


def _differences(area, baseline):
    """Differences in area, set to zero if they are only rounding errors."""
    d_n = area - baseline
    return np.where(np.abs(d_n) > ROUNDING * np.abs(area), d_n, 0.0)


def _p_values(d_n, curve, baseline, n_resamples, seed):
    both = np.stack([curve.scores, baseline.scores])
    return {
        "p_sign_flip": sign_flip_p(d_n, n_resamples, np.random.default_rng(seed)),
        "p_wilcoxon": wilcoxon_p(d_n),
        "p_likelihood_ratio": likelihood_ratio_p(both),
    }


def _effect(d_n, greater_is_better, confidence_level, n_resamples, seed):
    """Mean and standardized difference, with their intervals."""
    (low, high), (z_low, z_high) = intervals(
        d_n, confidence_level, n_resamples, np.random.default_rng(seed)
    )
    return {
        "difference": d_n.mean(),
        "difference_low": low,
        "difference_high": high,
        "standardized": standardized(d_n),
        "standardized_low": z_low,
        "standardized_high": z_high,
        "n_better": int((d_n > 0 if greater_is_better else d_n < 0).sum()),
    }


def _columns(rows):
    """Turn rows into columns, and add corrected p-values."""
    columns = {}
    for name in rows[0]:
        columns[name] = np.array([row[name] for row in rows])
        if name.startswith("p_"):
            columns[f"{name}_holm"] = holm(columns[name])
    return columns
