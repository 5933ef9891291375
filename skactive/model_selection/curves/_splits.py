"""Splits: training sets, test sets and initial labels; layer 6.

They depend on the data, `cv` and the seed, but not on the strategy. Curves that agree
in these three are therefore paired, split by split.
"""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, check_scalar

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows
from skactive.model_selection.curves._settings import Data, Settings
from skactive.samplers._seeds import global_seed

__all__ = ["Split", "batch_sizes", "draw_seed", "make_splits"]


class Split(NamedTuple):
    """Training set, test set and initial labels of one repetition.

    Parameters
    ----------
    number : int
        Number of the split.
    train : ndarray of int
        Rows of X that may be labelled: the initial labels and the pool.
    test : ndarray of int or None
        Rows of X to score on; None if a separate test set is given.
    initial : ndarray of int
        Rows of `train` that are labelled at the start.
    seed : int
        Seed of the experiment; see ``chance``.
    """

    number: int
    train: Any
    test: Any
    initial: Any
    seed: int

    def chance(self, *round_: int) -> np.random.Generator:
        """Return the generator of a round, which is the same for every strategy."""
        key = (self.number, *round_)
        # spawn keys give independent random numbers for every split and round
        sequence = np.random.SeedSequence(self.seed, spawn_key=key)
        return np.random.default_rng(sequence)


def make_splits(
    data: Data, settings: Settings, *, classifier: bool, seed: int
) -> list[Split]:
    """Choose training sets, test sets and initial labels.

    Parameters
    ----------
    data : Data
        All labelled data; with a separate test set, `cv` is the number of repetitions.
    settings : Settings
        Of these, `cv`, `initial`, `n_initial`, `n`, `rounds` and `budget` are used.
    classifier : bool
        Whether an int `cv` stands for stratified splits.
    seed : int
        Seed of the experiment.

    Returns
    -------
    list of Split
        One split per repetition.
    """
    n, splits = n_rows(data.X), []
    for number, (train, test) in enumerate(_pairs(data, settings.cv, classifier, seed)):
        train = np.unique(_rows(train, n, f"training set of split {number}"))
        if test is not None:
            test = _rows(test, n, f"test set of split {number}")
            _check_apart(train, test, number)
        split = Split(number, train, test, None, seed)
        split = split._replace(initial=_initial(split, data.y, settings))
        _check_pool(split, settings)
        splits.append(split)
    if not splits:
        raise ValueError(
            f"cv={settings.cv!r} yields no splits; it must yield at least one"
        )
    return splits


def _pairs(data, cv, classifier, seed):
    """Rows of the training and test sets, as the splitter yields them."""
    if data.has_test_set:
        cv = check_scalar(cv, "cv", Integral, min_val=1)
        return [(np.arange(n_rows(data.X)), None)] * cv
    # third-party splitters need not accept groups
    groups = {} if data.groups is None else {"groups": data.groups}
    # splitters without a seed draw from NumPy's global generator; it is seeded here, as
    # otherwise splits would differ between runs, and a search could not be resumed
    with global_seed(int(np.random.SeedSequence(seed).generate_state(1)[0])):
        splitter = check_cv(cv, data.y, classifier=classifier)
        return list(splitter.split(data.X, data.y, **groups))


def _rows(rows, n, whose):
    """Rows of a set; masks are accepted too, as scikit-learn does."""
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n,):
        rows = np.flatnonzero(rows)
    if not rows.size:
        raise ValueError(f"the {whose} is empty; every set needs at least one point")
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ValueError(
            f"the {whose} must be integer rows of X or a mask of length {n}, not "
            f"{rows.dtype} of shape {rows.shape}"
        )
    # -1 would be a second name for the last row: a test point in the training set could
    # go unnoticed
    outside = rows[(rows < 0) | (rows >= n)]
    if outside.size:
        raise ValueError(
            f"the {whose} contains row {outside[0]}, which is outside of 0 to {n - 1}; "
            "use non-negative row numbers"
        )
    return rows


def _check_apart(train, test, number):
    if np.isin(test, train).any():
        raise ValueError(
            f"the test set of split {number} overlaps its training set, of which the "
            "pool is a part; use a cv with disjoint sets"
        )


def draw_seed(random_state: Any) -> int:
    """Draw the seed of the experiment; an int is used as it is."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def batch_sizes(
    n_initial: int, n: int, rounds: int, budget: int | None = None
) -> tuple[int, ...]:
    """Number of labels to query in each round.

    It is `n` in each of `rounds`, or with a budget, which includes the initial labels,
    in as many rounds as it takes, where the last batch may be smaller.
    """
    if budget is None:
        return (n,) * rounds
    if budget < n_initial:
        raise ValueError(
            f"budget={budget} is less than the number of initial labels, {n_initial}"
        )
    full, rest = divmod(budget - n_initial, n)
    return (n,) * full + (rest,) * (rest > 0)


def _check_pool(split, settings):
    n, rounds, budget = settings.n, settings.rounds, settings.budget
    n_pool = len(split.train) - len(split.initial)
    total = sum(batch_sizes(len(split.initial), n, rounds, budget))
    if total > n_pool:
        what = f"rounds={rounds} of n={n}" if budget is None else f"{budget=}"
        raise ValueError(
            f"{what} would take {total} labels, but the pool of split {split.number} "
            f"has {n_pool} points"
        )


def _initial(split, y, settings):
    """Rows that are labelled at the start."""
    rng, initial, n_initial = split.chance(), settings.initial, settings.n_initial
    if isinstance(initial, str) and initial == "balanced":
        return _balanced(split, _labels(y), n_initial, rng)
    if isinstance(initial, str) and initial == "random":
        n_train = len(split.train)
        n_initial = settings.n if n_initial is None else n_initial
        check_scalar(n_initial, "n_initial", Integral, min_val=1, max_val=n_train)
        return rng.choice(split.train, n_initial, replace=False)
    return _given(split, initial, n_initial)


def _labels(y):
    """Return labels as (n,); one column is accepted too, as in ``fit``."""
    y = to_numpy(y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1:
        raise ValueError(
            f"initial='balanced' needs one label per point, but y has shape {y.shape}; "
            "use initial='random', or pass the initial rows"
        )
    return y


def _balanced(split, y, n_initial, rng):
    """Choose equally many points per class; a remainder goes to random classes."""
    classes, place = np.unique(y, return_inverse=True)
    n_initial = 2 * len(classes) if n_initial is None else n_initial
    check_scalar(n_initial, "n_initial", Integral, min_val=1)
    counts = np.full(len(classes), n_initial // len(classes))
    counts[rng.permutation(len(classes))[: n_initial % len(classes)]] += 1
    chosen = []
    for i, count in enumerate(counts):
        members = split.train[place[split.train] == i]
        if len(members) < count:
            raise ValueError(
                f"class {classes.tolist()[i]!r} has {len(members)} of the {count} "
                f"points in the training set of split {split.number} that a balanced "
                f"initial set of {n_initial} needs; use a smaller n_initial, or "
                "initial='random'"
            )
        chosen.append(rng.choice(members, count, replace=False))
    return np.concatenate(chosen)


def _given(split, initial, n_initial):
    rows = np.asarray(initial)
    if rows.ndim != 1 or not rows.size or rows.dtype.kind not in "iu":
        raise ValueError(
            "initial must be 'balanced', 'random' or a list of integer rows of X, not "
            f"{initial!r}"
        )
    if n_initial not in (None, len(rows)):
        raise ValueError(
            f"n_initial={n_initial}, but initial has {len(rows)} rows; leave "
            "n_initial out"
        )
    if len(np.unique(rows)) < len(rows):
        raise ValueError("initial must not contain a row more than once")
    outside = rows[~np.isin(rows, split.train)]
    if outside.size:
        raise ValueError(
            f"initial contains row {outside[0]}, which is not in the training set of "
            f"split {split.number}; pass X_test and y_test, or a cv that trains on it"
        )
    return rows.astype(np.intp)
