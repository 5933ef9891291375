"""Where active learning starts: training sets, test sets, initial labels; layer 6.

All of it depends on the data, `cv` and the seed, and on no strategy: curves that share
these three are paired, split by split.
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

    def chance(self, *round_: int) -> np.random.Generator:
        """Make the generator of a round: the same for every strategy."""
        key = (self.number, *round_)
        sequence = np.random.SeedSequence(self.seed, spawn_key=key)
        return np.random.default_rng(sequence)


def make_splits(
    data: Data, settings: Settings, *, classifier: bool, seed: int
) -> list[Split]:
    """Choose training sets, test sets and what is labelled from the start.

    Parameters
    ----------
    data : Data
        All labelled data; with a test set apart, `cv` is the number of repetitions.
    settings : Settings
        Of which `cv`, `initial`, `n_initial`, `n`, `rounds` and `budget` count here.
    classifier : bool
        Whether an int `cv` is to keep the proportions of the classes.
    seed : int
        Seed.

    Returns
    -------
    list of Split
        One for each repetition.
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
        raise ValueError(f"cv={settings.cv!r} has no splits: there is nothing to run")
    return splits


def _pairs(data, cv, classifier, seed):
    """Rows of training and test sets, as the splitter gives them."""
    if data.has_test_set:
        cv = check_scalar(cv, "cv", Integral, min_val=1)
        return [(np.arange(n_rows(data.X)), None)] * cv
    # splitters of other people need not take groups
    groups = {} if data.groups is None else {"groups": data.groups}
    # splitters without a seed draw from NumPy's global generator: left to it, one seed
    # would give other splits each time, and a search that was stopped could not go on
    with global_seed(int(np.random.SeedSequence(seed).generate_state(1)[0])):
        splitter = check_cv(cv, data.y, classifier=classifier)
        return list(splitter.split(data.X, data.y, **groups))


def _rows(rows, n, whose):
    """Rows of a set, which may be a mask, as scikit-learn allows in an iterable."""
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n,):
        rows = np.flatnonzero(rows)
    if not rows.size:
        raise ValueError(f"the {whose} is empty")
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ValueError(
            f"the {whose} must be integer rows of X or a mask of length {n}, not "
            f"{rows.dtype} of shape {rows.shape}"
        )
    # -1 would be another name of the last row, and could hide that a test point is
    # trained on
    outside = rows[(rows < 0) | (rows >= n)]
    if outside.size:
        raise ValueError(
            f"row {outside[0]} of the {whose} is outside of 0 to {n - 1}: name rows of "
            "X by numbers from 0 on"
        )
    return rows


def _check_apart(train, test, number):
    if np.isin(test, train).any():
        raise ValueError(
            f"the test set of split {number} shares points with its training set, "
            "from which the pool is made"
        )


def draw_seed(random_state: Any) -> int:
    """Draw the int from which the chance of every round is derived; an int is one."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def batch_sizes(
    n_initial: int, n: int, rounds: int, budget: int | None = None
) -> tuple[int, ...]:
    """How many labels to query in each round.

    `n` in each of `rounds`; with a budget as often as it takes to have that many
    labels, the initial ones included: the last batch is what is left.
    """
    if budget is None:
        return (n,) * rounds
    if budget < n_initial:
        raise ValueError(f"budget={budget} is less than the {n_initial} initial labels")
    full, rest = divmod(budget - n_initial, n)
    return (n,) * full + (rest,) * (rest > 0)


def _check_pool(split, settings):
    n, rounds, budget = settings.n, settings.rounds, settings.budget
    n_pool = len(split.train) - len(split.initial)
    total = sum(batch_sizes(len(split.initial), n, rounds, budget))
    if total > n_pool:
        asked = f"rounds={rounds} of n={n} are" if budget is None else f"{budget=} asks"
        raise ValueError(
            f"{asked} {total} labels, and the pool of split {split.number} has "
            f"{n_pool} points"
        )


def _initial(split, y, settings):
    """Rows that are labelled from the start."""
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
    """Labels (n,); a single column counts as one, as it does in ``fit``."""
    y = to_numpy(y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1:
        raise ValueError(
            f"initial='balanced' needs one label per point, and y has shape {y.shape}: "
            "use initial='random', or name the rows"
        )
    return y


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
