import copy
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skactive import BALD, RandomSampling, testing
from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import InvalidParameterError, take_rows
from skactive.samplers import (
    BootstrapSampler,
    EnsembleSampler,
    PosteriorSampler,
    as_sampler,
)
from skactive.samplers._unwrap import unwrap
from skactive.samplers._vote import ClassifierVote, RegressorVote
from skactive.testing._sampler import SAMPLER_CHECKS, check_frozen
from tests import zoo

CASES = list(zoo.CASES)


@pytest.mark.parametrize("name", [n for n in CASES if "sparse" not in n])
def test_shared_checks(name):
    sampler, X, y = zoo.fitted(name)
    untagged = name == "pipeline-of-third-party"  # such a pipeline cannot be frozen
    for check in SAMPLER_CHECKS:
        if not (untagged and check is check_frozen):
            check(sampler, X, y, X)


@pytest.mark.parametrize("name", CASES)
def test_a_draw_is_one_function(name):
    """Evaluated one row at a time, in any order and repeatedly, values are the same."""
    sampler, X, _ = zoo.fitted(name)
    functions = sampler.functions(np.random.default_rng(3))
    rows = np.random.default_rng(4).permutation(40)
    one_by_one = [functions(take_rows(X, slice(i, i + 1))) for i in rows]
    assert_allclose(functions(X)[rows], np.concatenate(one_by_one), rtol=1e-6)
    assert_allclose(functions(X)[:2], functions(X)[-2:], rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("working_memory", [1e-3, 1e4])
def test_any_working_memory_gives_the_same_draws(name, working_memory):
    sampler, X, _ = zoo.fitted(name)
    expected = sampler.draw(X, 0)
    with config_context(working_memory=working_memory):
        assert_allclose(sampler.draw(X, 0), expected, rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_equal_generators_give_equal_draws(name):
    sampler, X, _ = zoo.fitted(name)
    rng = np.random.default_rng(7)
    first, second = sampler.draw(X, rng), sampler.draw(X, np.random.default_rng(7))
    assert_array_equal(first, second)
    assert_array_equal(first, sampler.draw(X, 7))
    if "bootstrap" in name:
        return  # its draws are settled when it is fitted
    assert rng.bit_generator.state != np.random.default_rng(7).bit_generator.state


@pytest.mark.parametrize("name", ["forest-subset", "third-party"])
def test_another_state_gives_other_draws(name):
    sampler, X, _ = zoo.fitted(name)
    rng = np.random.default_rng(0)
    assert np.abs(sampler.draw(X, rng) - sampler.draw(X, rng)).max() > 0.01


@pytest.mark.parametrize("name", ["bagged-trees", "bagged-regressors"])
def test_another_fit_gives_other_draws(name):
    sampler, X, y = zoo.fitted(name)
    again = clone(sampler).fit(X[::2], y[::2])
    assert np.abs(again.draw(X, 0) - sampler.draw(X, 0)).max() > 0.01


@pytest.mark.parametrize("name", CASES)
def test_fit_leaves_the_model_and_the_data_alone(name):
    model, X, y = zoo.CASES[name]()
    sampler = as_sampler(model)
    before, X_before, y_before = copy.deepcopy((sampler, X, y))
    sampler.fit(X, y).draw(X, 0)
    assert repr(sampler.estimator) == repr(before.estimator)
    for now, then in ((X, X_before), (y, y_before)):
        assert_array_equal(
            *(a.todense() if hasattr(a, "todense") else a for a in (now, then))
        )
    inner = unwrap(sampler.estimator)[1]
    if "frozen" not in name:
        learnt = [a for a in vars(inner) if a.endswith("_") and not a.startswith("_")]
        assert learnt == []


@pytest.mark.parametrize("name", [n for n in CASES if "frozen" in n])
def test_frozen_models_stay_as_they_were_trained(name):
    model, X, y = zoo.CASES[name]()
    sampler = clone(as_sampler(model)).fit(X, y)
    expected = sampler.draw(X, 0)
    kept = [FrozenEstimator(sampler.estimator_)]
    if isinstance(model, FrozenEstimator):
        kept.append(model)
    for same in kept:
        again = as_sampler(same).fit(X[:30], np.roll(y, 1, axis=0)[:30])
        assert_array_equal(again.draw(X, 0), expected)


def test_then_sees_every_chunk_once():
    sampler, X, _ = zoo.fitted("random-forest")
    seen = []

    def then(p_nkc):
        seen.append(p_nkc)
        return p_nkc[:, 0, 0]

    draws = sampler.draw(X, 0)
    rows_of_7 = 7 * 8 * 6 * 3 / 2**20
    with config_context(working_memory=rows_of_7):
        reduced = sampler.draw(X, 0, then=then)
    assert [len(p_nkc) for p_nkc in seen] == [7, 7, 7, 7, 7, 5]
    assert_array_equal(np.concatenate(seen), draws)
    assert_array_equal(reduced, draws[:, 0, 0])


def test_functions_are_evaluated_wherever_they_are_needed():
    sampler, X, _ = zoo.fitted("forest-subset")
    functions = sampler.functions(np.random.default_rng(0))
    at_all = sampler.evaluate(functions, X)
    assert_array_equal(sampler.evaluate(functions, X[5:9]), at_all[5:9])
    assert_array_equal(sampler.draw(X, 0), at_all)


class Mock(PosteriorSampler):
    """Draws whatever `make` returns; the task is that of its estimator."""

    def _count_draws(self):
        return 2

    def functions(self, rng):
        return lambda X: self.make(X)


def mock(make, estimator=None):
    X, y, y_2 = zoo.data()
    sampler = Mock(GaussianNB() if estimator is None else estimator)
    sampler.fit(X, y if estimator is None else y_2[:, 0])
    sampler.make = make
    return sampler, X


BAD_PROBABILITIES = {
    "not a number": [np.nan, 0.5, 0.5],
    "infinite": [np.inf, 0.5, 0.5],
    "infinite both ways": [np.inf, -np.inf, 1],
    "negative": [1.5, -0.5, 0],
    "too much": [0.5, 0.5, 0.5],
    "nothing": [0, 0, 0],
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # inf - inf
@pytest.mark.parametrize("values", BAD_PROBABILITIES.values(), ids=BAD_PROBABILITIES)
@pytest.mark.parametrize("rows_a_chunk", [40, 5])
def test_bad_probabilities_are_refused(values, rows_a_chunk):
    sampler, _ = mock(None)
    bad = np.arange(40) >= 11
    p_nkc = np.full((40, 2, 3), 1 / 3)
    p_nkc[bad, 1] = values
    sampler.make = lambda X: p_nkc[X[:, 0].astype(int)]
    X = np.arange(40.0)[:, None]
    with (
        config_context(working_memory=rows_a_chunk * 8 * 6 / 2**20),
        pytest.raises(ValueError, match=r"Mock\(GaussianNB\): the draws at row 11 "),
    ):
        sampler.draw(X, 0)


def test_the_first_bad_row_is_named_whatever_its_fault():
    p_nkc = np.full((40, 2, 3), 1 / 3)
    p_nkc[9, 0] = np.nan
    p_nkc[4, 1] = [1.5, -0.5, 0]
    sampler, X = mock(lambda X: p_nkc)
    with pytest.raises(ValueError, match="row 4 are not probabilities"):
        sampler.draw(X, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad):
    values = np.zeros((40, 2, 1))
    values[[8, 30], 1] = bad
    sampler, X = mock(lambda X: values, LinearRegression())
    with pytest.raises(ValueError, match=r"Mock\(LinearRegression\).*row 8 .*finite"):
        sampler.draw(X, 0)


def test_values_of_any_sign_and_size_are_accepted():
    values = np.linspace(-1e6, 1e6, 80).reshape(40, 2, 1)
    sampler, X = mock(lambda X: values, LinearRegression())
    assert_array_equal(sampler.draw(X, 0), values)


@pytest.mark.parametrize("shape", [(40, 3), (40, 3, 3), (40, 2, 2), (39, 2, 3), (40,)])
def test_draws_of_another_shape_are_refused(shape):
    sampler, X = mock(lambda X: np.full(shape, 1 / shape[-1]))
    with pytest.raises(ValueError, match=r"Mock.*\(n, k, c\) is \(40, 2, 3\)"):
        sampler.draw(X, 0)


def test_draws_that_are_not_floats_are_refused():
    one_hot = np.eye(3, dtype=int)[np.zeros((40, 2), dtype=int)]
    sampler, X = mock(lambda X: one_hot)
    with pytest.raises(
        ValueError, match="draws of dtype int64, but they must be floats"
    ):
        sampler.draw(X, 0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_rounding_is_no_fault(dtype, as_array):
    p_nkc = np.random.default_rng(0).dirichlet(np.full(3, 0.2), size=(40, 2))
    sampler, X = mock(lambda X: as_array(p_nkc.astype(dtype)))
    assert_array_equal(to_numpy(sampler.draw(X, 0)), p_nkc.astype(dtype))


def test_exact_zeros_and_ones_are_probabilities(as_array):
    p_nkc = np.eye(3)[np.random.default_rng(0).integers(3, size=(40, 2))]
    sampler, X = mock(lambda X: as_array(p_nkc))
    assert_array_equal(to_numpy(sampler.draw(X, 0)), p_nkc)


def test_draws_move_to_the_device_asked():
    torch = pytest.importorskip("torch")
    sampler, X, _ = copy.deepcopy(zoo.fitted("random-forest"))
    expected = sampler.draw(X, 0)
    assert isinstance(expected, np.ndarray)
    moved = sampler.set_params(device="cpu").draw(X, 0)
    assert isinstance(moved, torch.Tensor)
    assert_array_equal(moved.numpy(), expected)
    with config_context(working_memory=1e-3):
        assert_array_equal(sampler.draw(X, 0).numpy(), expected)
    back = sampler.set_params(device="numpy").draw(X, 0)
    assert isinstance(back, np.ndarray)
    assert_array_equal(back, expected)


def _text(n):
    words = np.array(["red", "green", "blue", "fish", "bird", "tree"])
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, 4)) for _ in range(n)]


def _frame(n):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "colour": rng.choice(["red", "green", None], n),
            "size": np.where(rng.random(n) < 0.2, np.nan, rng.random(n)),
        },
        index=rng.permutation(n) + 100,
    )


def _memory_map(n, path):
    array = np.memmap(path / "pool", dtype="float32", mode="w+", shape=(n, 6))
    array[:] = zoo.data(n)[0]
    array.flush()
    return np.memmap(path / "pool", dtype="float32", mode="r", shape=(n, 6))


def flatten(X):
    return np.reshape(X, (len(X), -1))


CONTAINERS = {
    "text": (_text, [TfidfVectorizer()]),
    "frame": (_frame, [OneHotEncoder(handle_unknown="ignore")]),
    "images": (
        lambda n: np.random.default_rng(0).random((n, 3, 4, 4)),
        [FunctionTransformer(flatten)],
    ),
    "sparse": (lambda n: scipy.sparse.random(n, 6, 0.4, "csr", random_state=0), []),
    "sparse array": (
        lambda n: scipy.sparse.csr_array(zoo.data(n)[0]),
        [StandardScaler(with_mean=False)],
    ),
    "nested lists": (lambda n: zoo.data(n)[0].tolist(), [SimpleImputer()]),
}


@pytest.mark.parametrize(("make", "steps"), CONTAINERS.values(), ids=CONTAINERS)
def test_containers_pass_through_to_the_model(make, steps):
    X, y = make(40), zoo.data()[1]
    model = make_pipeline(*steps, RandomForestClassifier(5, random_state=0))
    sampler = as_sampler(model).fit(X, y)
    draws = sampler.draw(X, 0)
    assert_allclose(draws.mean(axis=1), sampler.estimator_.predict_proba(X))
    with config_context(working_memory=1e-3):
        assert_array_equal(sampler.draw(X, 0), draws)


def test_memory_maps_and_tensors_pass_through(tmp_path):
    X, y = _memory_map(40, tmp_path), zoo.data()[1]
    sampler = as_sampler(zoo.small_forest()).fit(X, y)
    expected = sampler.draw(np.array(X), 0)
    assert_array_equal(sampler.draw(X, 0), expected)
    torch = pytest.importorskip("torch")
    assert_array_equal(sampler.draw(torch.tensor(np.array(X)), 0), expected)


def test_embed_is_what_the_model_sees():
    X, y, _ = zoo.data()
    scaler = StandardScaler().fit(X)
    forest = zoo.small_forest()
    assert as_sampler(forest).fit(X, y).embed(X) is X
    once = as_sampler(make_pipeline(StandardScaler(), forest)).fit(X, y)
    assert_allclose(once.embed(X), scaler.transform(X))
    inner = make_pipeline(FunctionTransformer(np.tanh), forest)
    nested = as_sampler(make_pipeline(StandardScaler(), inner)).fit(X, y)
    assert_allclose(nested.embed(X), np.tanh(scaler.transform(X)))
    frozen = as_sampler(FrozenEstimator(nested.estimator_)).fit(X, y)
    assert_allclose(frozen.embed(X), np.tanh(scaler.transform(X)))


def test_task_is_that_of_the_model():
    assert as_sampler(RandomForestClassifier()).task == "classification"
    assert as_sampler(make_pipeline(RandomForestRegressor())).task == "regression"
    assert as_sampler([GaussianNB(), GaussianNB()]).task == "classification"
    assert as_sampler(FrozenEstimator(LinearRegression()), "mean").task == "regression"
    with pytest.raises(TypeError, match="neither a classifier nor a regressor"):
        _ = Mock(StandardScaler()).task


@pytest.mark.parametrize("n_draws", [0, -1, 2.5, "all"])
def test_n_draws_is_a_positive_integer(n_draws):
    X, y, _ = zoo.data()
    with pytest.raises(InvalidParameterError, match="'n_draws' parameter of Mock"):
        Mock(GaussianNB(), n_draws=n_draws).fit(X, y)


def test_random_state_is_checked():
    X, y, _ = zoo.data()
    with pytest.raises(InvalidParameterError, match="'random_state' parameter"):
        EnsembleSampler(zoo.small_forest(), random_state="0").fit(X, y)


def test_fit_parameters_reach_the_model():
    X, y, _ = zoo.data()
    weights = np.where(y == 0, 0.0, 1.0)
    sampler = as_sampler(zoo.small_forest()).fit(X, y, sample_weight=weights)
    assert (sampler.draw(X, 0)[..., 0] == 0).all()


def test_a_frozen_model_has_to_be_fitted():
    X, y, _ = zoo.data()
    with pytest.raises(NotFittedError):
        as_sampler(FrozenEstimator(RandomForestClassifier())).fit(X, y)


def test_several_labels_a_point_are_refused():
    X, y, _ = zoo.data()
    forest = zoo.small_forest().fit(X, np.stack([y, y], axis=1))
    with pytest.raises(ValueError, match="several labels per point"):
        as_sampler(FrozenEstimator(forest)).fit(X, y)


def test_samplers_of_ones_own_are_samplers():
    """As the docstring says, a subclass has to define `functions` only."""

    class Constant(PosteriorSampler):
        def functions(self, rng):
            values_k = rng.normal(size=self.n_draws_)
            return lambda X: np.tile(values_k[None, :, None], (len(X), 1, 1))

    X, _, y_2 = zoo.data()
    testing.check_sampler(
        Constant(LinearRegression(), n_draws=7), data=(X, y_2[:, 0], X)
    )
    assert as_sampler(sampler := Constant(LinearRegression())) is sampler
    assert isinstance(sampler, BaseEstimator)
    with pytest.raises(TypeError, match="abstract"):
        PosteriorSampler(LinearRegression())


@pytest.mark.parametrize(("n_draws", "c"), [(0, 2), (3, 0), (None, 2)])
def test_a_sampler_draws_one_function_at_least(n_draws, c):
    class Wrong(Mock):
        def _count_draws(self):
            return n_draws

        def _learn_outputs(self, X, y, fit_params):
            self.n_outputs_ = c

    X, y, _ = zoo.data()
    with pytest.raises(
        ValueError, match=rf"Wrong.* draws {n_draws} functions with {c} outputs"
    ):
        Wrong(GaussianNB()).fit(X, y)


def test_one_draw_cannot_disagree():
    class One(Mock):
        def _count_draws(self):
            return 1

    X, y, _ = zoo.data()
    fitted = One(GaussianNB()).fit(X, y)
    with pytest.raises(
        ValueError, match="n_draws=1, but a single draw cannot disagree"
    ):
        fitted.check_randomness()


def test_a_loader_is_refused_where_it_counted_as_its_batches():
    torch = pytest.importorskip("torch")
    X, y, _ = zoo.data()
    data = torch.utils.data.TensorDataset(torch.as_tensor(X))
    loader = torch.utils.data.DataLoader(data, batch_size=8)
    strategy = BALD(zoo.small_forest(), random_state=0)
    for refused in (
        lambda: strategy.fit(loader, y),
        lambda: strategy.fit(X, y).query(loader, 2),
        lambda: strategy.sampler_.draw(loader, 0),
        lambda: RandomSampling().fit(loader, y).query(loader, 2),
        lambda: BootstrapSampler(GaussianNB()).fit(loader, y),
    ):
        with pytest.raises(
            TypeError, match=r"a DataLoader, which yields batches.*dataset"
        ):
            refused()


# a bootstrap cannot be frozen, and an object that draws for itself needs a point
FROZEN = [n for n in CASES if "bootstrap" not in n and "third-party" not in n]


@pytest.mark.parametrize("name", FROZEN)
def test_trained_models_with_nothing_labelled(name):
    """Regression test: only some forests could be used without labelled points."""
    sampler, X, y = zoo.fitted(name)
    model = sampler.estimator_
    if isinstance(model, ClassifierVote | RegressorVote):
        frozen = [FrozenEstimator(member) for member in model.estimators_]
    else:
        frozen = FrozenEstimator(model)
    again = clone(sampler).set_params(estimator=frozen)
    for nothing in ((None, None), (X[:0], y[:0])):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".* does not store its training points")
            again.fit(*nothing)
        draws, expected = again.draw(X, 0), sampler.draw(X, 0)
        assert draws.shape == expected.shape
        if sampler.when_frozen == "draws":
            assert_array_equal(draws, expected)
