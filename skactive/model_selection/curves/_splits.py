"""Where active learning starts: training sets, test sets, initial labels; layer 5.

All of it depends on the data, `cv` and the seed, and on no strategy: curves that share
these three are paired, split by split.
"""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, check_scalar

from skactive._utils.scikit_learn import n_rows

__all__ = ["Split", "batch_sizes", "draw_seed", "make_splits"]


class Split(NamedTuple):
    """Where one repetition of active learning starts.

    Parameters
    ----------
    number : int
        Which one it is.
    train : ndarray of int
        Rows of X that may ever be labelled: the initial ones and the pool.
    test : ndarray of int or None
        Rows of X to score on; None where the test set is given apart.
    initial : ndarray of int
        Rows of `train` that are labelled from the start.
    seed : int
        The seed of the whole; see ``chance``.
    """

    number: int
    train: Any
    test: Any
    initial: Any
    seed: int

    def chance(self, *round_):
        """Make the generator of a round: the same for every strategy."""
        key = (self.number, *round_)
        sequence = np.random.SeedSequence(self.seed, spawn_key=key)
        return np.random.default_rng(sequence)


def make_splits(
    X,
    y,
    *,
    cv,
    fixed_test,
    classifier,
    initial,
    n_initial,
    n,
    rounds,
    seed,
    budget=None,
):
    """Choose training sets, test sets and what is labelled from the start.

    Parameters
    ----------
    X, y : array-likes of n points
        All labelled data.
    cv : int, splitter or iterable of (train, test)
        As in scikit-learn; with `fixed_test` the number of repetitions.
    fixed_test : bool
        Whether the test set is given apart from X.
    classifier : bool
        Whether an int `cv` is to keep the proportions of the classes.
    initial : {"balanced", "random"} or array of int
        How the initial points are chosen, or their rows in X.
    n_initial : int or None
        How many there are; None for two of each class, or `n` random ones.
    n, rounds : int
        Each pool must hold `rounds` batches of `n`.
    seed : int
        Seed.
    budget : int, default=None
        Number of labels to end with, in place of `rounds`; see ``batch_sizes``.

    Returns
    -------
    list of Split
        One for each repetition.
    """
    if fixed_test:
        cv = check_scalar(cv, "cv", Integral, min_val=1)
        pairs = [(np.arange(n_rows(X)), None)] * cv
    else:
        pairs = check_cv(cv, y, classifier=classifier).split(X, y)
    splits = []
    for number, (train, test) in enumerate(pairs):
        train, test = np.unique(_rows(train)), _rows(test)
        if test is not None and np.isin(test, train).any():
            raise ValueError(
                f"the test set of split {number} shares points with its training set, "
                "from which the pool is made"
            )
        split = Split(number, train, test, None, seed)
        split = split._replace(initial=_initial(split, y, initial, n_initial, n))
        _check_pool(split, n, rounds, budget)
        splits.append(split)
    return splits


def _rows(rows):
    """Rows of a mask, as scikit-learn allows in an iterable of splits."""
    rows = None if rows is None else np.asarray(rows)
    return np.flatnonzero(rows) if rows is not None and rows.dtype == bool else rows


def draw_seed(random_state):
    """Draw the int from which the chance of every round is derived; an int is one."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def batch_sizes(n_initial, n, rounds, budget=None):
    """How many labels to ask for in each round.

    `n` in each of `rounds`; with a budget as often as it takes to have that many
    labels, the initial ones included: the last batch is what is left.
    """
    if budget is None:
        return (n,) * rounds
    if budget < n_initial:
        raise ValueError(f"budget={budget} is less than the {n_initial} initial labels")
    full, rest = divmod(budget - n_initial, n)
    return (n,) * full + (rest,) * (rest > 0)


def _check_pool(split, n, rounds, budget):
    n_pool = len(split.train) - len(split.initial)
    total = sum(batch_sizes(len(split.initial), n, rounds, budget))
    if total > n_pool:
        asked = f"rounds={rounds} of n={n} are" if budget is None else f"{budget=} asks"
        raise ValueError(
            f"{asked} {total} labels, and the pool of split {split.number} has "
            f"{n_pool} points"
        )


def _initial(split, y, initial, n_initial, n):
    """Rows that are labelled from the start."""
    rng = split.chance()
    if isinstance(initial, str) and initial == "balanced":
        return _balanced(split, np.asarray(y), n_initial, rng)
    if isinstance(initial, str) and initial == "random":
        n_initial, n_train = n if n_initial is None else n_initial, len(split.train)
        check_scalar(n_initial, "n_initial", Integral, min_val=1, max_val=n_train)
        return rng.choice(split.train, n_initial, replace=False)
    return _given(split, initial, n_initial)


def _balanced(split, y, n_initial, rng):
    """As many points of each class; what is left over goes to random classes."""
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
                f"class {classes[i]!r} has {len(members)} points in the training set "
                f"of split {split.number}, and a balanced initial set of {n_initial} "
                f"needs {count}: take a smaller n_initial, or initial='random'"
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
        raise ValueError(f"n_initial={n_initial}, and initial names {len(rows)} rows")
    if len(np.unique(rows)) < len(rows):
        raise ValueError("initial names a row more than once")
    outside = rows[~np.isin(rows, split.train)]
    if outside.size:
        raise ValueError(
            f"initial row {outside[0]} is not in the training set of split "
            f"{split.number}: give X_test and y_test, or a cv that trains on it"
        )
    return rows.astype(np.intp)
