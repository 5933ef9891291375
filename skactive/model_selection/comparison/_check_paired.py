"""Check that curves are paired: same splits, numbers of labels and starts; layer 6."""

from collections.abc import Mapping

import numpy as np

from skactive.model_selection.comparison._read_curves import ScoredSplits

__all__ = ["check_paired"]


def check_paired(curves: Mapping[str, ScoredSplits]) -> None:
    """Raise ``ValueError`` unless all curves are finished and paired.

    Parameters
    ----------
    curves : dict of str to ScoredSplits
        Curves by name of the strategy.
    """
    (first, one), *others = curves.items()
    if len(one.splits) < 2:
        raise ValueError(
            "curves have a single split, but a comparison needs two or more; increase "
            "cv"
        )
    for name, curve in curves.items():
        _check_finished(name, curve)
    for name, other in others:
        for what, mine, its in (
            ("splits", one.splits, other.splits),
            ("numbers of labels", one.n_labels, other.n_labels),
        ):
            if not np.array_equal(mine, its):
                raise ValueError(
                    f"curves are not paired: the {what} of {first} are "
                    f"{mine.tolist()}, but those of {name} are {its.tolist()}"
                )
        _check_starts(first, one.initial, name, other.initial)


def _check_finished(name, curve):
    if not np.isfinite(curve.scores).all():
        i, t = np.argwhere(~np.isfinite(curve.scores))[0]
        raise ValueError(
            f"{name} has the score {curve.scores[i, t]} in split {curve.splits[i]}, "
            f"round {t}; run it again, or leave the split out of all curves"
        )


def _check_starts(first, mine, name, its):
    if mine is None or its is None:  # unknown for curves read from a table
        return
    failed = (mine < 0) | (its < 0)  # splits that failed, recorded with error_score
    alike = (failed | (mine == its)).all(axis=1)
    if not alike.all():
        raise ValueError(
            f"curves are not paired: {first} and {name} start from different "
            f"labels in split {np.argmin(alike)}; give both the same int random_state"
        )
