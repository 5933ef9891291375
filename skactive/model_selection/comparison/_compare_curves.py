"""Whether one strategy is better than another, and how certain that is; layer 6."""

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
    """Test whether strategies differ, by the areas under their learning curves.

    Curves must be paired: split by split, the same initial labels, training and test
    sets, and numbers of labels. Three tests are made of each comparison:

    * *sign-flip*: the permutation test of paired differences in area, exact up to 16
      splits. It assumes nothing but that, were the strategies alike, a split might as
      well have come out the other way round. The words of the summary go by it.
    * *Wilcoxon*: the same on ranks, for which outliers count little.
    * *likelihood ratio*: that of DEIMOS [1]_ between linear mixed models, with a random
      effect of the round and, or without, a fixed effect of the strategy. It takes the
      rounds of a split for independent evidence, which they are not: at .05 it finds
      a difference between random sampling and itself in 23 to 30 of 100 experiments
      (``benchmarks/papers/false_alarms.py``). Given for comparison with that paper.

    P-values are corrected for the number of comparisons by Holm's method. Intervals are
    by the studentized bootstrap over splits, and of fewer than eight splits by
    Student's distribution, which takes the differences for normal.

    Parameters
    ----------
    results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
        Curves by the name of the strategy; or what ``to_frame()`` of a search gave,
        perhaps written to a file and read back.
    baseline : str, default=None
        The strategy to compare each other one with; all pairs by default.
    score : str, default=None
        Which score to compare; the first by default.
    greater_is_better : bool, default=True
        Whether a higher score is better, as it is for all of scikit-learn's scorers.
    confidence_level : float, default=0.95
        Of the intervals; p-values of one minus this, or lower, settle a comparison.
    n_resamples : int, default=9999
        Number of bootstrap resamples, and of random signs where there are too many
        splits to try all.
    random_state : int, RandomState or None, default=None
        Source of chance of both.

    Returns
    -------
    CurveComparison
        Differences, intervals, p-values; ``print`` it for a summary in words.

    Raises
    ------
    ValueError
        If curves are not paired, have NaN, or there are fewer than two of strategies,
        splits or rounds.
    TypeError
        If `results` is none of the forms, or a curve is no `LearningCurve`.

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
    """Names of the strategies to compare, and with what."""
    if len(curves) < 2:
        raise ValueError(f"there is nothing to compare {next(iter(curves))} with")
    if baseline is None:
        return list(combinations(curves, 2))
    if baseline not in curves:
        raise ValueError(f"baseline={baseline!r} is none of {list(curves)}")
    return [(name, baseline) for name in curves if name != baseline]


def _differences(area, baseline):
    """Differences in area, exactly zero where only rounding differs."""
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
    """How large the difference is, and between which ends."""
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
    """Rows as columns, each p-value followed by its correction."""
    columns = {}
    for name in rows[0]:
        columns[name] = np.array([row[name] for row in rows])
        if name.startswith("p_"):
            columns[f"{name}_holm"] = holm(columns[name])
    return columns
