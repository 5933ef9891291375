"""Bad input of every kind, for every strategy: the design's table, row by row.

Nothing is silently repaired or silently random, and no caller's array is changed.
"""

import functools
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import skactive.pipeline
from skactive import (
    BALD,
    ICAL,
    Entropy,
    ExpectedErrorReduction,
    ICALPointwise,
    QueryStrategy,
    RandomSampling,
    testing,
)
from skactive._utils.scikit_learn import InvalidParameterError
from skactive.samplers import BootstrapSampler, EnsembleSampler, as_sampler
from skactive.samplers._seeds import seed_nested
from tests import zoo
from tests.draws import GivenDraws, pool_of
from tests.draws import fitted as fitted_on

# the data of the shared checks are read-only, so that a write shows
pytestmark = pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")

ALL = testing.all_strategies()
WITH_MODEL = [cls for cls in ALL if cls.needs in ("functions", "mean")]
WITH_DRAWS = [cls for cls in WITH_MODEL if "classification" in cls.tasks]
SHOWN = [BALD, ICAL, RandomSampling]  # for what the base class alone decides
WITH_POSTERIOR = [cls for cls in WITH_DRAWS if cls.needs == "functions"]
# sample points, or for each point a label: copies are not tied
SAMPLING = {
    "HybridICAL",
    "ICAL",
    "ICALPointwise",
    "PowerBALD",
    "ProbabilisticCoreSet",
    "RandomSampling",
}


def on(classes):
    return pytest.mark.parametrize("cls", classes, ids=lambda cls: cls.__name__)


def table(rows):
    names = "given, error, message"
    return pytest.mark.parametrize(names, rows.values(), ids=list(rows))


def fitted_with(cls, model):
    """A strategy fitted with a given model, and a pool for it."""
    X, y, X_pool = testing.make_data(cls.tasks[0])
    return cls(model, random_state=0, **zoo.few(cls)).fit(X, y), X_pool


@functools.cache
def trained(name, task):
    """A model of tests/zoo.py, trained once for all tests and frozen."""
    X, y, _ = testing.make_data(task)
    sampler = clone(as_sampler(zoo.models(task)[name])).set_params(random_state=0)
    seed_nested(sampler, np.random.RandomState(0))
    return FrozenEstimator(sampler.fit(X, y).estimator_)


@functools.cache
def fitted(cls):
    """A strategy fitted with a small model once for all tests, and its pool."""
    return fitted_with(cls, zoo.small(cls))


def given(cls, name):
    """A trained model of tests/zoo.py; an unfitted one if the strategy refits it."""
    task = cls.tasks[0]
    if cls.__name__ == "ExpectedErrorReduction":
        return zoo.models(task)[name]
    return trained(name, task)


def a_net():
    nets = zoo.nets("classification")
    return nets["net"] if nets else pytest.skip("torch is needed")


# --- asked of a query -----------------------------------------------------------------


@on(ALL)
def test_what_a_query_takes_is_decided_once_for_all(cls):
    assert cls.query is QueryStrategy.query
    assert cls.score_samples is QueryStrategy.score_samples


@on(ALL)
def test_query_before_fit(cls):
    _, _, X_pool = testing.make_data(cls.tasks[0])
    strategy = cls(zoo.small(cls))
    for method in (strategy.query, strategy.score_samples):
        with pytest.raises(NotFittedError, match=cls.__name__):
            method(X_pool)


@on(SHOWN)
@table(
    {
        "none": (0, ValueError, "n must be at least 1, but n=0"),
        "negative": (-2, ValueError, "n must be at least 1, but n=-2"),
        "a float": (1.0, TypeError, r"n must be an integer, not 1\.0"),
        "text": ("2", TypeError, "n must be an integer, not '2'"),
        "nothing": (None, TypeError, "n must be an integer, not None"),
        "a truth": (True, TypeError, "n must be an integer, not True"),
        "NumPy's truth": (np.True_, TypeError, "n must be an integer"),
        "an array": (np.array([2]), TypeError, "n must be an integer"),
        "too many": (
            61,
            ValueError,
            "n=61 is larger than the pool, which has 60 points",
        ),
    }
)
def test_batch_size(cls, given, error, message):
    strategy, X_pool = fitted(cls)
    with pytest.raises(error, match=message):
        strategy.query(X_pool, given)


TAKES = r"query takes the pool and the number of points to select.*labels to"


@on(ALL)
def test_labels_of_the_pool_are_not_asked(cls):
    strategy, X_pool = fitted(cls)
    y_pool = np.zeros(60, dtype=int)
    for labels in (y_pool, y_pool.tolist(), pd.Series(y_pool)):
        with pytest.raises(TypeError, match=rf"(?s)n must be an integer, .*: {TAKES}"):
            strategy.query(X_pool, labels)
    with pytest.raises(TypeError, match=f"multiple values for argument 'n': {TAKES}"):
        strategy.query(X_pool, y_pool, n=3)
    with pytest.raises(TypeError, match=f"too many positional arguments: {TAKES}"):
        strategy.query(X_pool, 3, y_pool)
    with pytest.raises(TypeError, match=f"n must be an integer, not True: {TAKES}"):
        strategy.query(X_pool, True)
    with pytest.raises(TypeError, match=f"argument 'candidate': {TAKES}"):
        strategy.query(X_pool, 3, candidate=[1])


def test_a_pipeline_says_the_same():
    X, y, X_pool = testing.make_data("classification")
    pipeline = skactive.pipeline.make_pipeline(
        StandardScaler(), BALD(zoo.forest("classification"))
    )
    pipeline.fit(X, y)
    with pytest.raises(TypeError, match=f"multiple values for argument 'n': {TAKES}"):
        pipeline.query(X_pool, y, n=3)
    with pytest.raises(TypeError, match=f"n must be an integer, .*: {TAKES}"):
        pipeline.query(X_pool, y)


@on(SHOWN)
def test_batch_size_may_be_any_integer(cls):
    strategy, X_pool = fitted(cls)
    for n in (np.int64(3), np.uint8(3)):
        assert strategy.query(X_pool, n).shape == (3,)


@on(SHOWN)
@table(
    {
        "empty": (np.empty((0, 6)), ValueError, "X_pool is empty"),
        "an empty list": ([], ValueError, "X_pool is empty"),
        "an empty frame": (pd.DataFrame(columns=range(6)), ValueError, "is empty"),
        "a dictionary": ({"a": [1.0]}, TypeError, "X_pool is a dictionary"),
        "a scalar": (3.0, TypeError, None),
        "nothing": (None, TypeError, "X_pool is None: query takes the pool"),
    }
)
def test_pool(cls, given, error, message):
    strategy, _ = fitted(cls)
    for method in (strategy.query, strategy.score_samples):
        with pytest.raises(error, match=message):
            method(given)


@on(SHOWN)
@table(
    {
        "too large": ([3, 60], ValueError, "from 0 to 59, but range from 3 to 60"),
        "negative": ([-1, 3], ValueError, "from 0 to 59, but range from -1 to 3"),
        "repeated": (
            [3, 4, 3],
            ValueError,
            "not repeat a point, but index 3 occurs 2 times",
        ),
        "empty": ([], ValueError, "no point may be selected"),
        "all false": (np.zeros(60, bool), ValueError, "all False: no point may be"),
        "a short mask": (np.ones(59, bool), ValueError, "length 59, .* 60 points"),
        "a list as mask": ([True] * 59, ValueError, "length 59, .* 60 points"),
        "floats": ([1.0, 2.0], TypeError, "integer indices, not of dtype float64"),
        "text": (["1", "2"], TypeError, "integer indices, not"),
        "a table": ([[1, 2]], ValueError, r"1-D, but has shape \(1, 2\)"),
        "a scalar": (3, ValueError, r"1-D, but has shape \(\)"),
        "too few": ([3], ValueError, "n=2 is larger than the number of candidates, 1"),
        "a mask of too few": (np.arange(60) == 3, ValueError, "n=2 .* candidates, 1"),
    }
)
def test_candidates(cls, given, error, message):
    strategy, X_pool = fitted(cls)
    with pytest.raises(error, match=message):
        strategy.query(X_pool, 2, candidates=given)


# --- asked of fit ---------------------------------------------------------------------


@on(WITH_MODEL)
def test_no_model_where_one_is_needed(cls):
    X, y, _ = testing.make_data(cls.tasks[0])
    with pytest.raises(TypeError, match=f"{cls.__name__} needs an estimator"):
        cls().fit(X, y)


@on([cls for cls in ALL if len(cls.tasks) == 1])
def test_a_model_for_another_task(cls):
    (task,) = cls.tasks
    (other,) = {"classification", "regression"} - {task}
    X, y, _ = testing.make_data(other)
    models = [zoo.forest(other), make_pipeline(StandardScaler(), zoo.forest(other))]
    for model in [*models, [zoo.forest(other)] * 2]:
        with pytest.raises(
            ValueError, match=rf"{cls.__name__} is for {task}, .*{other}"
        ):
            cls(model).fit(X, y)


def test_a_model_for_another_task_is_named():
    X, y, _ = testing.make_data("regression")
    message = "Entropy is for classification, and RandomForestRegressor is a model for"
    with pytest.raises(ValueError, match=message):
        Entropy(RandomForestRegressor()).fit(X, y)


@on([cls for cls in ALL if "classification" in cls.tasks])
@pytest.mark.parametrize("kind", ["multilabel-indicator", "multiclass-multioutput"])
def test_several_labels_a_point(cls, kind):
    X, y, _ = testing.make_data("classification")
    y_2 = np.stack([y, y[::-1]], axis=1)
    y_2 = y_2 > 0 if kind.startswith("multilabel") else y_2
    message = rf"{cls.__name__}\(Random.*\) does not support {kind} labels"
    for labels in (y_2, y_2.tolist(), pd.DataFrame(y_2)):
        with pytest.raises(ValueError, match=message):
            cls(zoo.forest("classification")).fit(X, labels)


@on(WITH_POSTERIOR)
@pytest.mark.parametrize(
    "model",
    [GaussianNB(), make_pipeline(StandardScaler(), GradientBoostingClassifier())],
    ids=["naive Bayes", "boosting"],
)
def test_a_model_without_posterior(cls, model):
    X, y, _ = testing.make_data("classification")
    with pytest.raises(
        TypeError, match=r"no posterior .* BootstrapSampler\(estimator\)"
    ):
        cls(model).fit(X, y)


@on([cls for cls in WITH_DRAWS if cls.needs == "mean"])
def test_a_model_without_posterior_does_for_the_mean(cls):
    strategy, X_pool = fitted_with(cls, GaussianNB())
    assert strategy.sampler_.draw(X_pool, 0).shape == (60, 1, 3)
    assert strategy.query(X_pool, 3).shape == (3,)


def test_a_model_without_probabilities():
    with pytest.raises(TypeError, match="LinearSVC has no predict_proba; calibrate it"):
        fitted_with(Entropy, LinearSVC())


@on(WITH_POSTERIOR)
@pytest.mark.parametrize(
    "model",
    [RandomForestClassifier(1), BaggingClassifier(n_estimators=1), [GaussianNB()]],
    ids=["one tree", "one bag", "one model"],
)
def test_an_ensemble_of_one(cls, model):
    with pytest.raises(ValueError, match=r"cannot disagree.*use more members"):
        fitted_with(cls, model)


@on(WITH_POSTERIOR)
def test_a_net_without_dropout(cls):
    net = a_net()
    from skactive.samplers import DropoutSampler

    still = DropoutSampler(net.set_params(module__p=0.0))
    with pytest.raises(ValueError, match=r"no active dropout layer.*nn\.Dropout with"):
        fitted_with(cls, still)


@on(WITH_POSTERIOR)
def test_a_net_without_dropout_is_drawn_by_its_last_layer(cls):
    net = a_net()
    strategy, X_pool = fitted_with(cls, net.set_params(module__p=0.0))
    assert strategy.query(X_pool, 3).shape == (3,)


@on([cls for cls in WITH_DRAWS if cls.needs == "mean"])
def test_a_net_without_dropout_does_for_the_mean(cls):
    net = a_net()
    strategy, X_pool = fitted_with(cls, net.set_params(module__p=0.0))
    assert strategy.query(X_pool, 3).shape == (3,)


@on(WITH_DRAWS)
@pytest.mark.filterwarnings("ignore:y contains -1 beside other integers")
def test_labels_of_any_kind_with_forests(cls):
    X, y, _ = testing.make_data("classification")
    plain, X_pool = fitted(cls)
    batch, predicted = plain.query(X_pool, 4), plain.predict(X_pool)
    for labels in (np.array(["a", "b", "c"]), np.array([-1, 4, 9])):
        named = cls(zoo.small(cls), random_state=0, **zoo.few(cls)).fit(X, labels[y])
        assert_array_equal(named.classes_, labels)
        assert_array_equal(named.query(X_pool, 4), batch)
        assert_array_equal(named.predict(X_pool), labels[predicted])


@on(WITH_DRAWS)
@pytest.mark.filterwarnings("ignore:y contains -1 beside other integers")
@pytest.mark.parametrize("labels", [["a", "b", "c"], [-1, 4, 9]], ids=["text", "odd"])
def test_labels_that_nets_cannot_take(cls, labels):
    net = a_net()
    X, y, _ = testing.make_data("classification")
    with pytest.raises(ValueError, match=r"labels 0\.\.c-1.*LabelEncoder"):
        cls(net).fit(X, np.array(labels)[y])


@on(ALL)
@pytest.mark.parametrize("seed", ["0", -1, 1.5])
def test_an_unknown_random_state(cls, seed):
    X, y, _ = testing.make_data(cls.tasks[0])
    with pytest.raises(InvalidParameterError, match="'random_state' parameter of"):
        cls(zoo.small(cls), random_state=seed).fit(X, y)


@pytest.mark.parametrize(
    ("cls", "name", "values"),
    [
        (ICAL, "n_condense", [0, 2.5, None]),
        (ICAL, "n_per_step", [0, "all"]),
        (ICAL, "resample", ["yes", 2]),
        (ICAL, "batch_kernel", ["sum", None]),
        (ICAL, "length_scales", ["wide", None]),
        (ICALPointwise, "n_condense", [-1]),
        (ICALPointwise, "n_per_step", [1.5]),
    ],
)
def test_an_unknown_parameter_value(cls, name, values):
    X, y, _ = testing.make_data("classification")
    for value in values:
        strategy = cls(zoo.forest("classification"), **{name: value})
        message = f"'{name}' parameter of {cls.__name__} must be"
        with pytest.raises(InvalidParameterError, match=message):
            strategy.fit(X, y)


def test_an_unknown_parameter():
    with pytest.raises(TypeError, match="unexpected keyword argument 'n_condens'"):
        ICAL(n_condens=3)
    with pytest.raises(TypeError, match="positional"):
        ICAL(zoo.forest("classification"), 100)


MISSING = {
    "NaN": lambda y: np.where(np.arange(len(y)) == 4, np.nan, y),
    "None": lambda y: [None if i == 4 else v for i, v in enumerate(y.tolist())],
    "a mask": lambda y: np.ma.masked_array(y, np.arange(len(y)) == 4),
    "nullable": lambda y: pd.array(
        [pd.NA if i == 4 else v for i, v in enumerate(y.tolist())]
    ),
}


@on(ALL)
@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_labels_that_mean_not_labelled(cls, missing):
    """Unlabelled rows in y raise an error even if the strategy ignores labels."""
    X, y, _ = testing.make_data(cls.tasks[0])
    models = [zoo.small(cls)]
    models += [None] if cls.needs not in ("functions", "mean") else []
    for model in models:
        with pytest.raises(
            ValueError,
            match=r"row 4: fit takes labelled rows only; pass the others to query",
        ):
            cls(model).fit(X, missing(y))


@on(WITH_DRAWS)
def test_minus_one_may_mean_not_labelled(cls):
    X, y, _ = testing.make_data("classification")
    model = BootstrapSampler(GaussianNB(), n_draws=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for labels in (y - 1, y, 2 * (y > 0) - 1):  # only the first, and once
            cls(model, random_state=0).fit(X, labels)
    (warning,) = caught
    assert "y contains -1 beside other integers" in str(warning.message)
    assert warning.filename == __file__


def test_minus_one_is_a_value_like_others():
    X, y, _ = testing.make_data("regression")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BALD(zoo.forest("regression"), random_state=0).fit(X, np.rint(y) - 1)


LEARNS_ONE_CLASS = {
    "forest": lambda: zoo.forest("classification"),
    "bootstrap": lambda: BootstrapSampler(GaussianNB(), n_draws=4),
    "list": lambda: [GaussianNB(), zoo.forest("classification")],
    "net": a_net,
}


@on(WITH_DRAWS)
@pytest.mark.parametrize("model", LEARNS_ONE_CLASS.values(), ids=LEARNS_ONE_CLASS)
def test_one_class(cls, model):
    """The warning must not advise more draws: all draws agree on a single class."""
    X, y, X_pool = testing.make_data("classification")
    strategy = cls(model(), random_state=0)
    with pytest.warns(UserWarning, match=r"of one class.*RandomSampling or TypiClust"):
        strategy.fit(X, np.full_like(y, 2) if model is not a_net else y * 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(set(strategy.query(X_pool, 3).tolist())) == 3
    assert not [w for w in caught if "more draws" in str(w.message).lower()]
    assert not [w for w in caught if "min_samples_leaf" in str(w.message)]


@on(WITH_DRAWS)
def test_one_class_that_the_model_refuses(cls):
    X, y, _ = testing.make_data("classification")
    with pytest.raises(ValueError, match="class"):
        cls(LogisticRegression()).fit(X, y * 0)


@on(WITH_MODEL)
def test_query_after_a_first_fit_that_failed(cls):
    X, y, X_pool = testing.make_data(cls.tasks[0])
    strategy = cls(zoo.small(cls))
    with pytest.raises(ValueError, match=r"length|inconsistent|number"):
        strategy.fit(X, y[:-1])
    for method in (strategy.query, strategy.score_samples):
        with pytest.raises(NotFittedError, match=cls.__name__):
            method(X_pool)


@pytest.mark.parametrize("sampler", [EnsembleSampler, BootstrapSampler])
@pytest.mark.parametrize("device", ["nowhere", "cuda:many", 1.5])
def test_an_unknown_device(sampler, device):
    pytest.importorskip("torch")
    model = sampler(zoo.forest("classification"), device=device)
    with pytest.raises(
        ValueError, match=rf"device={device!r} is not a device for draws"
    ):
        fitted_with(BALD, model)


# --- asked of draws -------------------------------------------------------------------


def spoilt(values):
    p_nkc = np.random.default_rng(0).dirichlet(np.ones(3), size=(12, 5))
    p_nkc[7:, 2] = values
    return p_nkc


@on(WITH_DRAWS)
@table(
    {
        "not a number": (spoilt(np.nan), ValueError, "draws at row 7 are not prob"),
        "infinite": (spoilt(np.inf), ValueError, "draws at row 7 are not prob"),
        "negative": (spoilt([1.2, -0.2, 0]), ValueError, "draws at row 7 .* negative"),
        "not one": (
            spoilt([0.3, 0.3, 0.3]),
            ValueError,
            "draws at row 7 .* to one",
        ),
    }
)
@pytest.mark.parametrize("working_memory", [1024, 1e-4])
def test_draws_that_cannot_be(cls, given, error, message, working_memory):
    strategy = fitted_on(cls(GivenDraws(given)))
    with (
        config_context(working_memory=working_memory),
        pytest.raises(error, match=rf"^GivenDraws: the {message}"),
    ):
        strategy.query(pool_of(given), 3)


class Misshapen(GivenDraws):
    """Returns the right shape for one point and a wrong one for more."""

    def draw(self, X, rng):
        return self.draws if len(X) > 1 else super().draw(X, rng)


GOOD = spoilt([0.2, 0.3, 0.5])


@on(WITH_DRAWS)
def test_no_draws_at_all(cls):
    none = GivenDraws(np.zeros((12, 0, 3)))
    with pytest.raises(ValueError, match=r"GivenDraws.*\(1, 0, 3\).*k and c 1 or more"):
        fitted_on(cls(none)).query(pool_of(none.draws), 3)


@on(WITH_DRAWS)
@pytest.mark.parametrize("wrong", [GOOD[:11], GOOD[:, :4], GOOD[..., :2], GOOD[..., 0]],
                         ids=["points", "draws", "classes", "rank"])  # fmt: skip
def test_draws_of_a_wrong_shape(cls, wrong):
    thing = Misshapen(GOOD)
    strategy = fitted_on(cls(thing))
    strategy.sampler_.estimator_.draws = wrong
    with pytest.raises(ValueError, match=r"^Misshapen returned draws of shape .*12, 5"):
        strategy.query(pool_of(GOOD), 3)


@on([cls for cls in WITH_MODEL if "regression" in cls.tasks])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite(cls, bad):
    values = np.random.default_rng(0).normal(size=(12, 5, 1))
    values[7:, 2] = bad
    strategy = fitted_on(cls(GivenDraws(values, "regression")))
    with pytest.raises(
        ValueError, match="GivenDraws: the draws at row 7 are not finite"
    ):
        strategy.query(pool_of(values), 3)


# --- what is no fault -----------------------------------------------------------------


@on(WITH_DRAWS)
def test_exact_zeros_and_ones(cls):
    """Forests with pure leaves: scores are the exact limits, never NaN."""
    X, y, X_pool = testing.make_data("classification")
    strategy = cls(RandomForestClassifier(15), random_state=0).fit(X, y)
    assert set(np.unique(strategy.sampler_.draw(X_pool, 0))) == {0.0, 1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # 0 log 0, 0 / 0
        scores = strategy.score_samples(X_pool)
        batch = strategy.query(X_pool, 5)
    assert not np.isnan(scores).any()
    assert len(set(batch.tolist())) == 5


def test_exact_zeros_have_exact_limits():
    p_nkc = np.array([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    for cls in (BALD, Entropy):
        scores = fitted_on(cls(GivenDraws(p_nkc))).score_samples(pool_of(p_nkc))
        assert_allclose(scores, [0, np.log(2)], rtol=1e-12)


@on(WITH_DRAWS)
def test_draws_that_agree(cls):
    """If all draws agree, scores are constant, and a warning says so."""
    p_nkc = np.tile([0.0, 1.0, 0.0], (9, 6, 1))
    strategy = fitted_on(cls(GivenDraws(p_nkc), random_state=0))
    with pytest.warns(UserWarning, match=r"same gain.*min_samples_leaf"):
        batch = strategy.query(pool_of(p_nkc), 4)
    assert len(set(batch.tolist())) == 4
    scores = strategy.score_samples(pool_of(p_nkc))
    assert_array_equal(scores, np.full(9, scores[0]))


def test_draws_that_agree_say_nothing_to_bald():
    p_nkc = np.repeat(np.random.default_rng(0).dirichlet(np.ones(3), (9, 1)), 6, axis=1)
    strategy = fitted_on(BALD(GivenDraws(p_nkc)))
    assert_array_equal(strategy.score_samples(pool_of(p_nkc)), np.zeros(9))
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(p_nkc), 3), [0, 1, 2])


@on(ALL)
def test_draws_that_differ_give_no_warning(cls):
    strategy, X_pool = fitted(cls)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        strategy.query(X_pool, 4)


@on(ALL)
def test_duplicates_in_the_pool(cls):
    """A batch of the whole pool has each index once, even if all points are equal."""
    strategy, X_pool = fitted(cls)
    copies = np.tile(X_pool[:5], (4, 1))
    batch = strategy.query(copies, 20)
    assert_array_equal(np.sort(batch), np.arange(20))


@on([cls for cls in WITH_DRAWS if not cls.__name__.startswith("ICAL")])
def test_ties_of_copies_go_to_the_smaller_index(cls):
    strategy, X_pool = fitted(cls)
    copies = np.concatenate([X_pool[:9], X_pool[:9]])
    first = strategy.query(copies, 1)
    assert first[0] < 9


@on([cls for cls in ALL if cls.__name__ not in SAMPLING and not zoo.few(cls)])
@pytest.mark.parametrize("seed", range(6))
def test_ties_of_copies_that_a_net_rounds_differently(cls, seed):
    """In float32, predictions of a point depend on its place among the others."""
    a_net()
    strategy, X_pool = fitted_with(cls, given(cls, "net"))
    rows = np.random.default_rng(seed).permutation(58)[:31]
    copied, others = X_pool[rows[:23]], X_pool[rows[23:]]
    first = strategy.query(np.concatenate([copied, copied, others]), 1)
    assert not 23 <= first[0] < 46


def test_ties_of_copies_of_which_a_net_weighs_the_labels_differently():
    """The same where the net is fitted again with each point: few are candidates."""
    a_net()
    for seed in range(6):
        cls = ExpectedErrorReduction
        strategy, X_pool = fitted_with(cls, given(cls, "net"))
        rows = np.random.default_rng(seed).permutation(58)[:31]
        pool = X_pool[np.r_[rows[:23], rows]]
        for i in (3, 11, 19):
            with pytest.warns(UserWarning, match="all candidates have the same gain"):
                assert strategy.query(pool, 1, candidates=[i, i + 23]) == [i]


@on(ALL)
@pytest.mark.parametrize("model", ["bagging", "list", "net"])
def test_any_memory_gives_the_same_answer(cls, model):
    if model not in zoo.models(cls.tasks[0]):
        pytest.skip("torch is needed")
    strategy, X_pool = fitted_with(cls, given(cls, model))
    batch, scores = strategy.query(X_pool, 5, return_scores=True)
    with config_context(working_memory=2e-3):
        again, same = strategy.query(X_pool, 5, return_scores=True)
    assert_array_equal(again, batch)
    assert_allclose(same, scores, rtol=1e-5)


@on(ALL)
def test_arrays_stay_as_they_are(cls):
    data = testing.make_data(cls.tasks[0])
    candidates = np.arange(60)[::-1].copy()
    arrays = [*(np.array(part) for part in data), candidates]
    copies = [array.copy() for array in arrays]
    X, y, X_pool, _ = arrays
    strategy = cls(given(cls, "bagging"), random_state=0).fit(X, y)
    strategy.query(X_pool, 5, candidates=candidates)
    strategy.score_samples(X_pool)
    for array, before in zip(arrays, copies, strict=True):
        assert_array_equal(array, before)


def test_given_draws_stay_as_they_are():
    draws = GOOD.copy()
    for cls in WITH_DRAWS:
        fitted_on(cls(GivenDraws(draws), random_state=0)).query(pool_of(draws), 5)
        assert_array_equal(draws, GOOD)
