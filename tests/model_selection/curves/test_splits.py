import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
)

from skactive.model_selection.curves._settings import Data, Settings
from skactive.model_selection.curves._splits import batch_sizes, draw_seed, make_splits

X = np.arange(60.0)[:, None]
Y = np.repeat([0, 1, 2], 20)[np.random.default_rng(0).permutation(60)]


def splits_of(y=Y, *, fixed_test=False, classifier=True, seed=0, groups=None, **given):
    options = {"cv": 4, "initial": "balanced", "n_initial": None, "n": 5, "rounds": 2}
    unused = dict.fromkeys(
        ("budget", "scoring", "n_candidates", "warm_start", "callbacks", "random_state")
    )
    settings = Settings(**{**unused, **options, **given})
    test = (X, y) if fixed_test else (None, None)
    data = Data(X, y, *test, groups).checked()
    return make_splits(data, settings, classifier=classifier, seed=seed)


def test_folds_are_those_of_scikit_learn():
    folds = list(StratifiedKFold(4).split(X, Y))
    for split, (train, test) in zip(splits_of(), folds, strict=True):
        np.testing.assert_array_equal(split.train, train)
        np.testing.assert_array_equal(split.test, test)
    regression = splits_of(classifier=False, initial="random")
    for split, (train, _) in zip(regression, KFold(4).split(X), strict=True):
        np.testing.assert_array_equal(split.train, train)


def test_balanced_means_two_of_each_class():
    for split in splits_of():
        np.testing.assert_array_equal(np.bincount(Y[split.initial]), [2, 2, 2])
        assert np.isin(split.initial, split.train).all()


def test_what_is_left_over_goes_to_different_classes():
    extra = {
        tuple(np.bincount(Y[split.initial], minlength=3))
        for seed in range(10)
        for split in splits_of(n_initial=7, seed=seed)
    }
    assert extra == {(3, 2, 2), (2, 3, 2), (2, 2, 3)}


def test_a_balanced_set_may_be_smaller_than_the_number_of_classes():
    for split in splits_of(n_initial=2):
        assert len(np.unique(Y[split.initial])) == 2


def test_too_few_points_of_a_class_for_a_balanced_set():
    y = np.where(np.arange(60) == 7, "rare", "often")
    with pytest.raises(ValueError, match=r"class 'rare' has [01] of the 2 points"):
        splits_of(y)


def test_random_takes_a_batch_by_default():
    for split in splits_of(initial="random"):
        assert len(np.unique(split.initial)) == 5
        assert np.isin(split.initial, split.train).all()
    assert {len(s.initial) for s in splits_of(initial="random", n_initial=9)} == {9}


def test_given_rows_are_kept_in_order():
    for split in splits_of(fixed_test=True, initial=[7, 3, 40]):
        np.testing.assert_array_equal(split.initial, [7, 3, 40])
        assert split.test is None
        assert len(split.train) == 60


def test_repetitions_differ_and_a_seed_repeats_them():
    first, second = splits_of(fixed_test=True), splits_of(fixed_test=True)
    assert len(first) == 4
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.initial, b.initial)
    assert len({tuple(split.initial) for split in first}) == 4
    assert tuple(first[0].initial) != tuple(
        splits_of(fixed_test=True, seed=1)[0].initial
    )


def test_labels_may_be_strings_in_a_list():
    names = [str(label) for label in Y]
    for a, b in zip(splits_of(), splits_of(y=names), strict=True):
        np.testing.assert_array_equal(a.initial, b.initial)


class Custom:
    """A third-party splitter without `random_state` that ignores groups."""

    def split(self, X, y):
        rows = np.random.permutation(len(y))  # noqa: NPY002
        yield rows[:40], rows[40:]

    def get_n_splits(self, X=None, y=None, groups=None):
        return 1


@pytest.mark.parametrize("cv", [ShuffleSplit(2, test_size=0.3), Custom()])
def test_a_splitter_without_a_seed_gets_one(cv):
    np.random.seed(5)  # noqa: NPY002
    state = np.random.get_state()  # noqa: NPY002
    first, again, other = (splits_of(cv=cv, seed=seed) for seed in (0, 0, 1))
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a.train, b.train)
        np.testing.assert_array_equal(a.test, b.test)
        assert not np.array_equal(a.train, c.train)
    np.testing.assert_equal(np.random.get_state(), state)  # noqa: NPY002


def test_a_splitter_with_a_seed_keeps_it():
    cv = ShuffleSplit(2, test_size=0.3, random_state=3)
    for split, (train, _) in zip(splits_of(cv=cv), cv.split(X), strict=True):
        np.testing.assert_array_equal(split.train, np.sort(train))


def test_groups_are_kept_together():
    groups = np.arange(60) // 6
    for cv in (GroupKFold(5), GroupShuffleSplit(3, random_state=0)):
        for split in splits_of(cv=cv, groups=groups):
            assert not np.isin(groups[split.test], groups[split.train]).any()
    with pytest.raises(ValueError, match="'groups' parameter should not be None"):
        splits_of(cv=GroupKFold(5))
    with pytest.raises(ValueError, match="with X_test and y_test nothing is split"):
        splits_of(fixed_test=True, groups=groups)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        splits_of(groups=groups[1:])


def test_a_column_of_labels_is_balanced_as_its_labels_are():
    pd = pytest.importorskip("pandas")
    for y in (Y[:, None], pd.DataFrame({"y": Y})):
        for a, b in zip(splits_of(), splits_of(y=y), strict=True):
            np.testing.assert_array_equal(a.initial, b.initial)


def test_masks_are_splits_too():
    mask = np.arange(60) % 3 == 0
    (split,) = splits_of(cv=[(~mask, mask)])
    np.testing.assert_array_equal(split.train, np.flatnonzero(~mask))
    np.testing.assert_array_equal(split.test, np.flatnonzero(mask))


def test_chance_depends_on_seed_split_and_round():
    splits = [*splits_of(), *splits_of(seed=1)]
    drawn = {s.chance(*key).random() for s in splits for key in ((), (0,), (1,))}
    assert len(drawn) == len(splits) * 3
    assert splits[0].chance(1).random() == splits_of()[0].chance(1).random()


def test_batches_of_rounds_and_of_a_budget():
    assert batch_sizes(6, 5, 3) == (5, 5, 5)
    assert batch_sizes(6, 5, 0) == ()
    assert batch_sizes(6, 5, 99, budget=16) == (5, 5)
    assert batch_sizes(6, 5, 99, budget=18) == (5, 5, 2)
    assert batch_sizes(6, 5, 99, budget=7) == (1,)
    assert batch_sizes(6, 5, 99, budget=6) == ()
    with pytest.raises(
        ValueError, match="budget=5 is less than the number of initial labels, 6"
    ):
        batch_sizes(6, 5, 99, budget=5)


def test_an_int_is_the_seed_and_all_else_draws_one():
    assert draw_seed(7) == draw_seed(np.int64(7)) == 7
    assert draw_seed(np.random.RandomState(0)) == draw_seed(np.random.RandomState(0))
    assert draw_seed(None) != draw_seed(None)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"budget": 60},
            ValueError,
            "budget=60 would take 54 labels, but the pool of split",
        ),
        (
            {"budget": 5},
            ValueError,
            "budget=5 is less than the number of initial labels, 6",
        ),
        ({"cv": [([0, 1, 2], [2, 3])]}, ValueError, "split 0 overlaps"),
        (
            {"cv": [(range(60), [-1])]},
            ValueError,
            "test set of split 0 contains row -1",
        ),
        (
            {"cv": [([-1, 4], [59])]},
            ValueError,
            "training set of split 0 contains row -1",
        ),
        (
            {"cv": [([0, 60], [3])]},
            ValueError,
            "training set .* contains row 60, .* 0 to 59",
        ),
        ({"cv": [([0, 1], [])]}, ValueError, "the test set of split 0 is empty"),
        ({"cv": [([], [0])]}, ValueError, "the training set of split 0 is empty"),
        ({"cv": [([0.0, 1.0], [2])]}, ValueError, "integer rows of X or a mask"),
        ({"cv": [([True, False], [2])]}, ValueError, "a mask of length 60, not bool"),
        ({"cv": []}, ValueError, r"cv=\[\] yields no splits"),
        ({"y": np.c_[Y, Y], "cv": KFold(3)}, ValueError, r"y has shape \(60, 2\)"),
        ({"n_initial": 50}, ValueError, r"class .* has 15 of the 1[67] points"),
        ({"initial": "random", "n_initial": 46}, ValueError, "n_initial == 46"),
        ({"n_initial": 0}, ValueError, "n_initial == 0"),
        ({"n_initial": 2.5}, TypeError, "n_initial must be an instance"),
        ({"rounds": 8}, ValueError, "40 labels, but the pool of split 0 has 39"),
        ({"initial": "uniform"}, ValueError, "'balanced', 'random' or a list"),
        ({"initial": [0.5]}, ValueError, "'balanced', 'random' or a list"),
        ({"initial": [4, 4]}, ValueError, "more than once"),
        ({"initial": [1, 2], "n_initial": 3}, ValueError, "initial has 2 rows"),
        (
            {"initial": range(60)},
            ValueError,
            r"row \d+, which is not in the training set",
        ),
        ({"initial": [60], "fixed_test": True}, ValueError, "row 60, which is not in"),
        ({"cv": KFold(3), "fixed_test": True}, TypeError, "cv must be an instance"),
    ],
)
def test_errors_name_the_fault(options, error, message):
    with pytest.raises(error, match=message):
        splits_of(**options)
