import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD, DEIMOS, Entropy
from skactive.samplers import as_sampler
from skactive.samplers._third_party import ThirdPartySampler
from tests.zoo import RandomLines, data

X, LABELS, y_2 = data()
Y, TARGET = LABELS % 2, y_2[:, 0]


class Bare:
    """The least that is required: no base class, no parameters, no copying."""

    task = "regression"

    def __init__(self, k=3):
        self.k = k
        self.calls = []

    def fit(self, X, y):
        self.mean = np.mean(y)

    def draw(self, X, rng):
        self.calls.append(len(X))
        w_kd = rng.normal(size=(self.k, np.shape(X)[1]))
        return (self.mean + X @ w_kd.T)[:, :, None]


class Tagged(RegressorMixin, BaseEstimator):
    def __init__(self, k=4):
        self.k = k

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self

    def draw(self, X, rng):
        return self.mean_ + rng.normal(size=(1, self.k, 1)) + 0 * X[:, :1, None]


class Classifying(ClassifierMixin, Tagged):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def draw(self, X, rng):
        c = len(self.classes_)
        return np.tile(rng.dirichlet(np.ones(c), size=self.k), (len(X), 1, 1))


@pytest.mark.parametrize(
    ("thing", "task"),
    [
        (Bare(), "regression"),
        (RandomLines(), "classification"),
        (Tagged(), "regression"),
        (Classifying(), "classification"),
        (make_pipeline(StandardScaler(), Tagged()), "regression"),
    ],
)
def test_task_is_the_attribute_else_the_tags(thing, task):
    assert as_sampler(thing).task == task


def test_the_attribute_goes_before_the_tags():
    thing = Tagged()
    thing.task = "classification"
    assert as_sampler(thing).task == "classification"


def test_no_task_is_an_error():
    class Silent:
        fit, draw = Bare.fit, Bare.draw

    class Untold(BaseEstimator):
        fit, draw = Bare.fit, Bare.draw

    for thing in (Silent(), Untold(), make_pipeline(Silent())):
        with pytest.raises(
            TypeError, match=r"(Silent|Untold) does not declare what it"
        ):
            _ = as_sampler(thing).task
        with pytest.raises(TypeError, match="does not declare what it predicts"):
            BALD(thing).fit(X, Y)


@pytest.mark.parametrize("missing", ["fit", "draw"])
def test_both_methods_are_needed(missing):
    class Half:
        pass

    other = {"fit": "draw", "draw": "fit"}[missing]
    setattr(Half, other, getattr(Bare, other))
    assert not ThirdPartySampler.accepts(Half())
    with pytest.raises(TypeError, match="no posterior is known for Half"):
        as_sampler(Half())


def test_shapes_are_learnt_from_one_row():
    sampler = as_sampler(Bare(k=7)).fit(X, TARGET)
    assert sampler.estimator_.calls == [1]
    assert (sampler.n_draws_, sampler.n_outputs_) == (7, 1)
    # a row is 7 draws of 8 bytes: 40 rows by chunks of 9
    with config_context(working_memory=9 * 7 * 8 / 2**20):
        sampler.evaluate(lambda X: sampler.estimator_.draw(X, CountingRng()), X)
    assert sampler.estimator_.calls == [1, 9, 9, 9, 9, 4]


class CountingRng:
    def normal(self, size):
        return np.ones(size)


def test_equal_states_whatever_the_points():
    """Each call gets a generator in the same state."""
    sampler = as_sampler(Bare()).fit(X, TARGET)
    functions = sampler.functions(np.random.default_rng(5))
    for rows in (slice(0, 3), slice(3, 40), slice(0, 40)):
        by_hand = sampler.estimator_.draw(X[rows], np.random.default_rng(5))
        assert_allclose(functions(X[rows]), by_hand)


def test_a_generator_gives_new_functions_each_time():
    sampler, rng = as_sampler(Bare()).fit(X, TARGET), np.random.default_rng(5)
    first, second = sampler.draw(X, rng), sampler.draw(X, rng)
    assert np.abs(first - second).max() > 0.1


def test_the_object_is_copied_before_it_is_fitted():
    thing = Bare()
    sampler = clone(as_sampler(thing)).fit(X, TARGET)
    assert vars(thing) == {"k": 3, "calls": []}
    assert sampler.estimator_ is not thing
    tagged = Tagged()
    as_sampler(tagged).fit(X, TARGET)
    assert vars(tagged) == {"k": 4}


def test_frozen_objects_stay_as_they_are():
    thing = Classifying().fit(X, LABELS)
    sampler = as_sampler(FrozenEstimator(thing)).fit(X[:9], np.zeros(9, dtype=int))
    assert_array_equal(sampler.classes_, [0, 1, 2])
    assert sampler.draw(X, 0).shape == (40, 4, 3)


def test_classes_are_its_own_else_places():
    names = np.array(["no", "yes"])[Y]
    assert_array_equal(as_sampler(Classifying()).fit(X, names).classes_, ["no", "yes"])
    assert_array_equal(as_sampler(RandomLines()).fit(X, names).classes_, [0, 1])


def test_classes_and_columns_have_to_match():
    class Short(RandomLines):
        classes_ = np.arange(3)

    with pytest.raises(
        ValueError, match=r"Short has 3 classes_, \[0 1 2\], but .* 2 col"
    ):
        as_sampler(Short()).fit(X, Y)


def test_features_are_its_own_else_the_points():
    assert_array_equal(as_sampler(RandomLines()).fit(X, Y).embed(X), X[:, :2] * 2)
    assert as_sampler(Bare()).fit(X, TARGET).embed(X) is X
    scaled = StandardScaler().fit_transform(X)
    piped = as_sampler(make_pipeline(StandardScaler(), RandomLines())).fit(X, Y)
    assert_allclose(piped.embed(X), scaled[:, :2] * 2)
    piped = as_sampler(make_pipeline(StandardScaler(), Tagged())).fit(X, Y)
    assert_allclose(piped.embed(X), scaled)


def test_a_pipeline_transforms_before_the_object_draws():
    piped = as_sampler(make_pipeline(StandardScaler(), RandomLines())).fit(X, Y)
    alone = as_sampler(RandomLines()).fit(X, Y)
    scaled = StandardScaler().fit_transform(X)
    assert_allclose(piped.draw(X, 0), alone.draw(scaled, 0))
    batch = BALD(make_pipeline(StandardScaler(), RandomLines()), random_state=0)
    by_hand = BALD(RandomLines(), random_state=0).fit(scaled, Y).query(scaled, 5)
    assert_array_equal(batch.fit(X, Y).query(X, 5), by_hand)


def returning(value, task="classification"):
    class Wrong(RandomLines):
        def draw(self, X, rng):
            good = super().draw(X, rng)
            return good if len(X) == 1 else value(good)

    Wrong.task = task
    return Wrong()


def changed(row, draw, value):
    def change(p_nkc):
        p_nkc = p_nkc.copy()
        p_nkc[row, draw] = value
        return p_nkc

    return change


WRONG = {
    "too few points": (lambda p: p[1:], r"shape \(39, 5, 2\)"),
    "other draws": (lambda p: p[:, :4], r"shape \(40, 4, 2\)"),
    "other classes": (lambda p: p[..., :1], r"shape \(40, 5, 1\)"),
    "no draws": (lambda p: p.mean(axis=1), r"shape \(40, 2\)"),
    "integers": (lambda p: p.round().astype(int), "draws of dtype int64"),
    "not a number": (changed(13, 2, np.nan), "the draws at row 13"),
    "infinite": (changed(13, 2, np.inf), "the draws at row 13"),
    "negative": (changed(13, 2, [-0.25, 1.25]), "the draws at row 13"),
    "no distribution": (changed(13, 2, [0.5, 0.25]), "the draws at row 13"),
}


@pytest.mark.parametrize(("value", "message"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("cls", [BALD, Entropy])
def test_wrong_draws_name_the_object(cls, value, message):
    strategy = cls(returning(value)).fit(X, Y)
    with pytest.raises(ValueError, match=f"^Wrong.*{message}"):
        strategy.query(X, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_wrong_values_name_the_object(bad):
    sampler = as_sampler(returning(changed(13, 2, bad), "regression")).fit(X, Y)
    with pytest.raises(ValueError, match=r"^Wrong: the draws at row 13 are not finite"):
        sampler.draw(X, 0)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (np.ones((1, 2)), r"\(1, 2\)"),
        (np.ones(3), r"\(3,\)"),
        ([[[0.5, 0.5]]], r"\(\)"),
        (np.ones((1, 0, 2)), r"\(1, 0, 2\)"),
        (np.ones((1, 4, 0)), r"\(1, 4, 0\)"),
    ],
)
def test_a_wrong_rank_is_seen_when_it_is_fitted(value, shape):
    class Flat(RandomLines):
        def draw(self, X, rng):
            return value

    with pytest.raises(ValueError, match=rf"^Flat returned draws of shape {shape} for"):
        as_sampler(Flat()).fit(X, Y)


def test_draws_may_be_tensors():
    torch = pytest.importorskip("torch")

    class Tensors(RandomLines):
        def draw(self, X, rng):
            return torch.as_tensor(super().draw(X, rng))

    tensors = as_sampler(Tensors()).fit(X, Y)
    arrays = as_sampler(RandomLines()).fit(X, Y)
    assert_array_equal(tensors.draw(X, 0).numpy(), arrays.draw(X, 0))
    assert isinstance(tensors.set_params(device="numpy").draw(X, 0), np.ndarray)
    batch = BALD(Tensors(), random_state=0).fit(X, Y).query(X, 5)
    assert_array_equal(batch, BALD(RandomLines(), random_state=0).fit(X, Y).query(X, 5))


def test_a_strategy_copies_the_object_too():
    thing = RandomLines()
    before = copy.deepcopy(vars(thing))
    strategy = BALD(thing, random_state=0).fit(X, Y)
    assert vars(thing) == before
    assert strategy.estimator is thing
    assert not hasattr(strategy, "predict")
    assert_array_equal(clone(strategy).fit(X, Y).query(X, 4), strategy.query(X, 4))


def test_a_task_that_is_none_is_an_error():
    thing = Bare()
    thing.task = "ranking"
    with pytest.raises(
        ValueError, match=r"Bare has task='ranking', but task must be one"
    ):
        BALD(thing).fit(X, TARGET)


def test_one_function_cannot_disagree():
    with pytest.raises(ValueError, match="a single draw cannot disagree with itself"):
        BALD(Bare(k=1)).fit(X, TARGET)
    DEIMOS(Bare(k=2)).fit(X, TARGET)


def test_a_trained_object_may_be_shown_no_points():
    frozen = FrozenEstimator(Classifying().fit(X, LABELS))
    sampler = as_sampler(frozen).fit(X[:0], LABELS[:0])
    assert (sampler.n_draws_, sampler.n_outputs_) == (4, 3)
    assert sampler._row_bytes == 4 * 3 * 8
    assert len(set(BALD(frozen).fit(X[:0], LABELS[:0]).query(X, 3))) == 3
    with pytest.raises(
        ValueError, match=r"Classifying was fitted with X=None.* array of"
    ):
        BALD(frozen).fit(None, None)


def test_the_contract_of_the_design():
    """Each call gets the same state; k, c and dtype come from a single row."""
    states = []

    class Watched(Bare):
        def draw(self, X, rng):
            states.append((len(X), copy.deepcopy(rng.bit_generator.state)))
            return super().draw(X, rng)

    thing = Watched(k=9)
    strategy = DEIMOS(thing, random_state=0).fit(X, TARGET)
    assert [n for n, _ in states] == [1]
    assert (strategy.sampler_.n_draws_, strategy.sampler_.n_outputs_) == (9, 1)
    states.clear()
    with config_context(working_memory=7 * 9 * 8 / 2**20):
        strategy.query(X, 3)
    assert len(states) > 1
    assert all(state == states[0][1] for _, state in states)
    assert strategy.estimator_ is not thing
    assert not hasattr(thing, "mean")
