import copy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
import torch.nn.functional as F  # noqa: E402
from skorch import (  # noqa: E402
    NeuralNetBinaryClassifier,
    NeuralNetClassifier,
    NeuralNetRegressor,
)
from torch import nn  # noqa: E402

from skactive import BALD, ICAL, Entropy  # noqa: E402
from skactive._utils.scikit_learn import InvalidParameterError  # noqa: E402
from skactive.samplers import DropoutSampler, as_sampler  # noqa: E402
from skactive.samplers.dropout import _sampler as dropout_module  # noqa: E402
from tests.nets import Perceptron  # noqa: E402
from tests.zoo import data  # noqa: E402

X64, Y, Y2 = data()
X, Y2 = X64.astype(np.float32), Y2.astype(np.float32)
RTOL, ATOL = 1e-5, 1e-6  # float32, whose last digits depend on the size of a batch


def net(module=Perceptron, cls=NeuralNetClassifier, **params):
    """A net whose training takes next to no time."""
    if cls is NeuralNetClassifier:
        params = {"criterion": nn.CrossEntropyLoss, **params}
    common = {"verbose": 0, "max_epochs": 2, "lr": 0.1, "train_split": None}
    return cls(module, **{**common, "batch_size": 16, **params})


def fitted(module=Perceptron, y=Y, n_draws=5, **params):
    """A sampler of a net; seeded, so that a failure can be repeated."""
    sampler = DropoutSampler(net(module, **params), n_draws=n_draws, random_state=0)
    return sampler.fit(X, y)


class Convolutional(nn.Module):
    """Dropout of channels, of elements and of features, and a normalisation."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.drop_channels = nn.Dropout2d(0.4)
        self.drop_elements = nn.Dropout(0.3)
        self.hidden = nn.Linear(48, 7)
        self.drop_features = nn.Dropout(0.5)
        self.last = nn.Linear(7, 3)

    def forward(self, X):
        X = self.drop_channels(torch.relu(self.norm(self.conv(X.view(-1, 1, 2, 3)))))
        X = torch.relu(self.hidden(self.drop_elements(X).flatten(1)))
        return self.last(self.drop_features(X))


class Shared(nn.Module):
    """One dropout layer, called twice."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)
        self.drop = nn.Dropout(0.5)

    def forward(self, X):
        return self.last(self.drop(torch.tanh(self.first(self.drop(X)))))


class Functional(nn.Module):
    def __init__(self, always=False):
        super().__init__()
        self.always = always
        self.first, self.last = nn.Linear(6, 64), nn.Linear(64, 3)

    def forward(self, X):
        dropping = self.always or self.training
        return self.last(F.dropout(self.first(X), 0.5, dropping))


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop, self.last = nn.Dropout(0.5), nn.Linear(6, 3)

    def forward(self, X):
        return self.last(X)


@pytest.fixture
def made(monkeypatch):
    """The `Masks` that each call of ``functions`` makes."""
    recorded = []

    def record(*args):
        recorded.append(dropout_module_masks(*args))
        return recorded[-1]

    dropout_module_masks = dropout_module.Masks
    monkeypatch.setattr(dropout_module, "Masks", record)
    return recorded


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_draws_are_a_forward_pass_with_the_masks_written_out(made):
    sampler = fitted()
    draws = sampler.draw(X, 0)
    w = {name: p.numpy() for name, p in sampler.estimator_.module_.state_dict().items()}
    hidden = np.maximum(X @ w["layers.0.weight"].T + w["layers.0.bias"], 0)
    for k in range(5):
        kept = made[-1].made[0, 0, k].numpy()
        assert kept.shape == (32,)
        logits = (hidden * kept / 0.5) @ w["layers.3.weight"].T + w["layers.3.bias"]
        assert_allclose(draws[:, k], softmax(logits), rtol=1e-4, atol=ATOL)


def test_images_are_masked_by_channel_and_by_element(made):
    sampler = fitted(Convolutional)
    draws, m = sampler.draw(X, 0), sampler.estimator_.module_.eval()
    with torch.no_grad():
        images = torch.as_tensor(X).view(-1, 1, 2, 3)
        features = torch.relu(m.norm(m.conv(images)))
        for k in range(5):
            channels, elements, units = (made[-1].made[i, 0, k] for i in range(3))
            assert channels.shape == (4, 1, 1)
            assert elements.shape == (4, 3, 4)
            assert units.shape == (7,)
            kept = features * channels / 0.6 * elements / 0.7
            hidden = torch.relu(m.hidden(kept.flatten(1))) * units / 0.5
            expected = torch.softmax(m.last(hidden), dim=1)
            assert_allclose(draws[:, k], expected, rtol=1e-4, atol=ATOL)


def test_a_shared_layer_has_a_mask_for_each_call(made):
    sampler = fitted(Shared)
    draws, m = sampler.draw(X, 0), sampler.estimator_.module_
    with torch.no_grad():
        for k in range(5):
            first, second = made[-1].made[0, 0, k], made[-1].made[0, 1, k]
            assert (first.shape, second.shape) == ((6,), (8,))
            hidden = torch.tanh(m.first(torch.as_tensor(X) * first / 0.5))
            expected = torch.softmax(m.last(hidden * second / 0.5), dim=1)
            assert_allclose(draws[:, k], expected, rtol=1e-4, atol=ATOL)


@pytest.mark.parametrize("module", [Perceptron, Convolutional, Shared])
def test_mean_and_spread_are_those_of_the_net_in_training(module):
    """Against 800 passes with dropout in training mode, batch norm in evaluation."""
    sampler, k = fitted(module, n_draws=800), 800
    ours = sampler.draw(X[:4], 0).numpy()
    m = sampler.estimator_.module_.train()
    for layer in m.modules():
        layer.train(not isinstance(layer, nn.BatchNorm2d))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        x = torch.as_tensor(X[:4])
        theirs = np.stack([torch.softmax(m(x), 1).numpy() for _ in range(k)], axis=1)
    error = np.abs(ours.mean(axis=1) - theirs.mean(axis=1))
    assert (error < 5 * (2 / k) ** 0.5 * theirs.std(axis=1)).all()
    assert_allclose(ours.std(axis=1), theirs.std(axis=1), rtol=0.2)


@pytest.mark.parametrize("module", [Perceptron, Convolutional, Shared])
def test_a_draw_is_one_function(module):
    sampler = fitted(module)
    functions = sampler.functions(np.random.default_rng(1))
    at_all = functions(X)
    rows = np.random.default_rng(2).permutation(40)
    assert_allclose(functions(X[rows]), at_all[rows], RTOL, ATOL)
    one_by_one = torch.cat([functions(X[i : i + 1]) for i in range(40)])
    assert_allclose(one_by_one, at_all, RTOL, ATOL)
    assert_allclose(at_all[-2:], at_all[:2], RTOL, ATOL)  # equal rows
    assert_array_equal(functions(X), at_all)
    assert_array_equal(sampler.draw(X, 1), at_all)
    assert at_all.std(1).max() > 0.01


@pytest.mark.parametrize("batch_size", [1, 7, 16, 39, 40, 64, -1])
def test_the_size_of_batches_does_not_matter(batch_size):
    frozen = FrozenEstimator(fitted().estimator_)
    expected = DropoutSampler(frozen, n_draws=4).fit(X, Y).draw(X, 0)
    other = copy.deepcopy(frozen.estimator)
    other.batch_size = batch_size
    again = DropoutSampler(FrozenEstimator(other), n_draws=4).fit(X, Y)
    assert_allclose(again.draw(X, 0), expected, RTOL, ATOL)
    for working_memory in (1e-4, 2e-3, 1):
        with config_context(working_memory=working_memory):
            assert_allclose(again.draw(X, 0), expected, RTOL, ATOL)


@pytest.mark.parametrize("working_memory", [0, 1e-4, 2e-3, 1])
@pytest.mark.parametrize("name", ["batch_size", "iterator_valid__batch_size"])
def test_any_working_memory_gives_the_same_bits(name, working_memory):
    """Batches are never cut, or two copies of a point could differ by rounding."""
    sampler, pool = fitted(**{name: 9}), np.tile(X, (3, 1))
    expected, rows = sampler.draw(pool, 0), []

    def then(p_nkc):
        rows.append(len(p_nkc))
        return p_nkc

    with config_context(working_memory=working_memory):
        assert_array_equal(sampler.draw(pool, 0, then=then), expected)
    assert all(n % 9 == 0 for n in rows[:-1])
    assert len(rows) == {0: 14, 1e-4: 14, 2e-3: 5, 1: 1}[working_memory]


def test_draws_and_seeds_differ():
    sampler = fitted(n_draws=6)
    rng = np.random.default_rng(0)
    draws = [sampler.draw(X, rng), sampler.draw(X, rng), sampler.draw(X, 0)]
    assert_array_equal(draws[0], draws[2])
    flat = torch.cat(draws[:2], dim=1).transpose(0, 1).flatten(1)
    assert len({tuple(draw.tolist()) for draw in flat}) == 12


def snapshot(module):
    modes = [layer.training for layer in module.modules()]
    hooks = [
        len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules()
    ]
    state = {name: value.clone() for name, value in module.state_dict().items()}
    return modes, hooks, state


def assert_same(module, before):
    modes, hooks, state = snapshot(module)
    assert (modes, hooks) == before[:2]
    assert state.keys() == before[2].keys()
    for name, value in state.items():
        assert_array_equal(value, before[2][name], err_msg=name)


@pytest.mark.parametrize("mode", ["train", "eval", "mixed"])
def test_a_query_leaves_no_trace_in_the_net(mode):
    strategy = BALD(DropoutSampler(net(Convolutional), n_draws=5)).fit(X, Y)
    module = strategy.estimator_.module_.train(mode != "eval")
    if mode == "mixed":
        module.norm.eval()
        module.drop_features.eval()
    module.norm.running_mean += 1  # no fixed point of anything
    before, chance = snapshot(module), torch.get_rng_state()
    assert "norm.num_batches_tracked" in before[2]
    strategy.query(X, 3)
    strategy.score_samples(X)
    strategy.sampler_.embed(X)
    assert_same(module, before)
    assert_array_equal(torch.get_rng_state(), chance)


def test_an_error_on_the_way_leaves_no_trace_either():
    sampler = fitted(Convolutional)
    module = sampler.estimator_.module_.train()
    before, chance = snapshot(module), torch.get_rng_state()
    with pytest.raises(RuntimeError):
        sampler.draw(X[:, :5], 0)
    with pytest.raises(RuntimeError):
        sampler.embed(X[:, :5])
    assert_same(module, before)
    assert_array_equal(torch.get_rng_state(), chance)


def test_draws_carry_no_gradients():
    sampler = fitted()
    assert not sampler.draw(X, 0).requires_grad
    assert not sampler.embed(X).requires_grad
    assert torch.is_grad_enabled()


def test_a_seeded_fit_repeats_and_leaves_torch_alone():
    torch_state = torch.get_rng_state()
    first, second = fitted(), fitted()
    assert_array_equal(torch.get_rng_state(), torch_state)
    assert_array_equal(first.draw(X, 0), second.draw(X, 0))
    other = clone(first).set_params(random_state=1).fit(X, Y)
    assert abs(other.draw(X, 0) - first.draw(X, 0)).max() > 1e-3


def test_an_unseeded_fit_takes_torchs_chance():
    sampler = DropoutSampler(net(), n_draws=5)
    first = sampler.fit(X, Y).draw(X, 0)
    assert abs(sampler.fit(X, Y).draw(X, 0) - first).max() > 1e-3
    draws = []
    for _ in range(2):
        with torch.random.fork_rng():
            torch.manual_seed(3)
            draws.append(sampler.fit(X, Y).draw(X, 0))
    assert_array_equal(*draws)


def test_one_seed_of_a_strategy_is_one_answer():
    strategy = ICAL(net(), random_state=0, n_condense=10)
    chance = torch.get_rng_state()
    batch, scores = strategy.fit(X, Y).query(X, 4, return_scores=True)
    again, same = clone(strategy).fit(X, Y).query(X, 4, return_scores=True)
    assert_array_equal(torch.get_rng_state(), chance)
    assert_array_equal(batch, again)
    assert_array_equal(scores, same)
    other = clone(strategy).set_params(random_state=1).fit(X, Y)
    assert abs(other.predict_proba(X) - strategy.predict_proba(X)).max() > 1e-3


def test_a_frozen_net_is_not_trained_again():
    trained = net().fit(X, Y)
    before = snapshot(trained.module_)
    names = np.array(["a", "b", "c"])[Y]  # not looked at
    flat = FunctionTransformer(np.ascontiguousarray)
    for frozen in (
        FrozenEstimator(trained),
        FrozenEstimator(make_pipeline(flat, trained)),
        make_pipeline(flat, FrozenEstimator(trained)),
        make_pipeline(flat, make_pipeline(flat, FrozenEstimator(trained))),
    ):
        sampler = DropoutSampler(frozen, n_draws=3).fit(X, names)
        assert sampler._final is trained
        assert sampler.draw(X, 0).shape == (40, 3, 3)
        assert_array_equal(sampler.classes_, [0, 1, 2])
    assert_same(trained.module_, before)


def test_the_mean_is_what_the_net_predicts_where_nothing_drops():
    sampler = fitted(module__p=0.0)
    assert sampler.n_draws_ == 1
    assert_allclose(sampler.draw(X, 0)[:, 0], sampler.estimator_.predict_proba(X))
    entropy = Entropy(net(module__p=0.0), random_state=0).fit(X, Y)
    assert entropy.query(X, 3).shape == (3,)


@pytest.mark.parametrize(
    ("module", "params"),
    [(Perceptron, {"module__p": 0.0}), (Functional, {})],
    ids=["p = 0", "functional"],
)
def test_no_dropout_layer_is_an_error_of_fit(module, params):
    strategy = BALD(DropoutSampler(net(module, **params)), random_state=0)
    name = module.__name__
    with pytest.raises(
        ValueError, match=rf"{name} has no active dropout.*LaplaceSampler"
    ):
        strategy.fit(X, Y)


def test_a_net_that_is_always_random_draws_no_functions():
    strategy = BALD(net(Functional, module__always=True), random_state=0)
    with pytest.raises(ValueError, match=r"Functional is random even in .*nn\.Dropout"):
        strategy.fit(X, Y)


def test_a_layer_that_is_never_called_is_named():
    with pytest.raises(
        ValueError, match=r"calls none of the dropout layers \['drop'\]"
    ):
        fitted(Unused).draw(X, 0)


class TimeFirst(nn.Module):
    """Dropout in a layer that expects sequences with the points along axis 1."""

    def __init__(self):
        super().__init__()
        self.drop, self.last = nn.Dropout(0.5), nn.Linear(6, 3)

    def forward(self, X):
        sequences = self.drop(X.reshape(-1, 3, 2).movedim(1, 0))
        return self.last(sequences.movedim(0, 1).flatten(1))


class Centring(Perceptron):
    def forward(self, X):
        return super().forward(X - X.mean(0))


@pytest.mark.parametrize("thin", [True, False])
def test_points_that_look_at_each_other_are_refused(thin):
    """Otherwise a draw would not be a function: its values depend on other points."""
    sampler = DropoutSampler(net(TimeFirst), thin=thin)
    with pytest.raises(ValueError, match=r"first axis \(batch_first=True\)"):
        sampler.fit(X, Y)
    sampler = DropoutSampler(net(Centring), thin=thin)
    with pytest.raises(ValueError, match=r"output of Centring at a point depends on"):
        sampler.fit(X, Y)


def test_a_net_that_is_not_finite_is_told_so():
    class Infinite(Perceptron):
        def forward(self, X):
            return super().forward(X) / (0 * X[:, :1])

    sampler = fitted(Infinite, max_epochs=0)
    with pytest.raises(
        ValueError, match=r"^DropoutSampler\(\w+\): the draws at row 0 .* contains"
    ):
        sampler.draw(X, 0)


def test_inputs_that_change_shape_are_refused():
    class Pooling(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop, self.last = nn.Dropout(0.5), nn.Linear(1, 3)

        def forward(self, X):
            return self.last(self.drop(X).mean(dim=1, keepdim=True))

    sampler = fitted(Pooling)
    functions = sampler.functions(np.random.default_rng(0))
    functions(X)
    with pytest.raises(ValueError, match=r"\(6,\) and \(5,\) .* pad the inputs"):
        functions(X[:, :5])
    sampler.draw(X[:, :5], 0)  # other functions, other masks


BAD_LABELS = {
    "strings": np.array(["a", "b", "c"])[Y],
    "objects": np.array(["a", "b", "c"], dtype=object)[Y],
    "negative": Y - 1,
    "too large": Y + 1,
    "scattered": Y * 5,
    "halves": Y / 2,
}


@pytest.mark.parametrize("labels", BAD_LABELS.values(), ids=BAD_LABELS)
def test_labels_a_net_cannot_take_name_the_encoder(labels):
    for strategy in (BALD(net()), Entropy(make_pipeline(net()))):
        with pytest.raises(ValueError, match=r"needs labels 0\.\.c-1.*LabelEncoder"):
            strategy.fit(X, labels)


@pytest.mark.parametrize("container", [pd.Series, torch.as_tensor])
def test_labels_come_in_any_container(container):
    sampler = DropoutSampler(net(), n_draws=3, random_state=0)
    draws = sampler.fit(X, Y).draw(X, 0)
    assert_array_equal(sampler.fit(X, container(Y)).draw(X, 0), draws)


def test_classes_are_the_columns_whatever_was_seen():
    sampler = fitted(module__outputs=5)
    assert_array_equal(sampler.classes_, np.arange(5))
    assert sampler.draw(X, 0).shape == (40, 5, 5)


def test_scores_that_are_no_probabilities_name_the_module():
    sampler = fitted(criterion=nn.NLLLoss, max_epochs=0)
    with pytest.raises(ValueError, match=r"row 0 are not probabilities") as error:
        sampler.draw(X, 0)
    assert "if the module Perceptron returns logits, since under NLLLoss" in str(
        error.value
    )


class Probabilities(Perceptron):
    def forward(self, X):
        return torch.softmax(super().forward(X), dim=1)


class Tuple(Perceptron):
    def forward(self, X):
        return super().forward(X), X


@pytest.mark.parametrize(
    ("module", "params"),
    [
        (Probabilities, {"criterion": nn.NLLLoss}),
        (Tuple, {"max_epochs": 0}),
        (Perceptron, {"predict_nonlinearity": lambda z: torch.softmax(3 * z, dim=1)}),
    ],
    ids=["its module's", "first of a tuple", "its own"],
)
def test_output_is_what_the_net_makes_of_it(module, params):
    still = fitted(module, module__p=0.0, **params)
    assert_allclose(still.draw(X, 0)[:, 0], still.estimator_.predict_proba(X), RTOL)
    assert_allclose(fitted(module, **params).draw(X, 0).sum(-1), 1, rtol=1e-5)


def _binary(criterion):
    last = [nn.Sigmoid()] if criterion is nn.BCELoss else []
    module = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 1), *last)
    return net(module, NeuralNetBinaryClassifier, criterion=criterion)


@pytest.mark.parametrize("criterion", [nn.BCEWithLogitsLoss, nn.BCELoss])
def test_binary_nets_have_two_columns(criterion):
    y = (Y > 0).astype(np.float32)
    sampler = DropoutSampler(_binary(criterion), n_draws=400, random_state=0)
    draws = sampler.fit(X, y).draw(X, 0)
    assert draws.shape == (40, 400, 2)
    assert_array_equal(sampler.classes_, [0, 1])
    assert_allclose(draws.sum(-1), 1, rtol=1e-5)
    net_itself = sampler.estimator_.predict_proba(X)
    assert np.abs(draws.mean(1).numpy() - net_itself).max() < 0.1
    assert BALD(_binary(criterion), random_state=0).fit(X, y).query(X, 3).shape == (3,)


def test_binary_nets_know_no_third_label():
    with pytest.raises(ValueError, match="LabelEncoder"):
        DropoutSampler(_binary(nn.BCEWithLogitsLoss)).fit(X, Y.astype(np.float32))


@pytest.mark.parametrize(
    ("outputs", "y", "c"),
    [(0, Y2[:, 0], 1), (1, Y2[:, :1], 1), (2, Y2, 2)],
    ids=["flat", "column", "two"],
)
def test_regressors(outputs, y, c):
    sampler = fitted(cls=NeuralNetRegressor, module__outputs=outputs, y=y)
    draws = sampler.draw(X, 0)
    assert sampler.task == "regression"
    assert sampler.n_outputs_ == c
    assert draws.shape == (40, 5, c)
    still = fitted(cls=NeuralNetRegressor, module__outputs=outputs, y=y, module__p=0.0)
    predicted = still.estimator_.predict(X).reshape(40, c)
    assert_allclose(still.draw(X, 0)[:, 0], predicted, RTOL, ATOL)
    batch = ICAL(sampler, n_condense=10, random_state=0).fit(X, y).query(X, 4)
    assert len(set(batch.tolist())) == 4


@pytest.mark.parametrize(
    ("device", "kind"),
    [(None, torch.Tensor), ("cpu", torch.Tensor), ("numpy", np.ndarray)],
)
def test_devices(device, kind):
    sampler = fitted()
    expected = sampler.draw(X, 0)
    draws = sampler.set_params(device=device).draw(X, 0)
    assert isinstance(draws, kind)
    assert draws.shape == (40, 5, 3)
    assert_array_equal(draws, expected)


def test_the_pool_may_be_a_tensor_of_any_shape():
    sampler = fitted(Convolutional)
    expected = sampler.draw(X, 0)
    assert_array_equal(sampler.draw(torch.as_tensor(X), 0), expected)
    images = torch.as_tensor(X).view(-1, 1, 2, 3)
    assert_array_equal(sampler.draw(images, 0), expected)
    strategy = BALD(FrozenEstimator(sampler.estimator_), random_state=0).fit(X, Y)
    assert_array_equal(strategy.query(images, 5), strategy.query(X, 5))


def test_features_are_the_input_of_the_last_linear_layer():
    sampler = fitted(Convolutional)
    m = sampler.estimator_.module_.eval()
    with torch.no_grad():
        features = torch.relu(m.norm(m.conv(torch.as_tensor(X).view(-1, 1, 2, 3))))
        hidden = torch.relu(m.hidden(features.flatten(1)))
    assert_allclose(sampler.embed(X), hidden, RTOL, ATOL)
    sampler.embedding = "hidden"
    assert_allclose(sampler.embed(X), features.flatten(1), RTOL, ATOL)
    sampler.embedding = "norm"  # images of features, laid out flat
    assert sampler.embed(X).shape == (40, 48)


def test_features_of_a_pipeline_are_those_of_its_net():
    doubled = make_pipeline(FunctionTransformer(lambda a: 2 * a), net())
    sampler = DropoutSampler(doubled, n_draws=3, random_state=0).fit(X, Y)
    layers = sampler._final.module_.layers
    with torch.no_grad():
        hidden = torch.relu(layers[0](torch.as_tensor(2 * X)))
    assert_allclose(sampler.embed(X), hidden, RTOL, ATOL)
    assert sampler.draw(X, 0).shape == (40, 3, 3)


def test_a_wrong_name_of_a_layer_lists_the_right_ones():
    sampler = fitted(Shared).set_params(embedding="hidden")
    with pytest.raises(
        ValueError, match=r"'hidden' is not a layer.*\['first', 'last', 'drop'\]"
    ):
        sampler.embed(X)


def test_features_need_a_linear_layer_or_a_name():
    module = nn.Sequential(nn.Unflatten(1, (6, 1)), nn.Conv1d(6, 3, 1), nn.Flatten())
    sampler = fitted(module)
    with pytest.raises(ValueError, match=r"no nn.Linear .*embedding="):
        sampler.embed(X)
    assert_array_equal(sampler.set_params(embedding="1").embed(X), X)


@pytest.mark.parametrize("n_draws", [0, -3, 2.5, None])
def test_the_number_of_draws_is_checked(n_draws):
    with pytest.raises(InvalidParameterError, match="'n_draws' parameter of Dropout"):
        DropoutSampler(net(), n_draws=n_draws).fit(X, Y)


@pytest.mark.parametrize("model", [GaussianNB(), RandomForestClassifier()])
def test_other_models_are_refused(model):
    assert not DropoutSampler.accepts(model)
    with pytest.raises(TypeError, match=r"DropoutSampler\(.*needs a skorch net"):
        DropoutSampler(model).fit(X, Y)


def test_nets_are_known_by_what_they_derive_from():
    class Mine(NeuralNetClassifier):
        pass

    assert DropoutSampler.accepts(net(cls=Mine))
    assert isinstance(as_sampler(net(cls=Mine)), DropoutSampler)


def test_dropout_inside_of_torchs_own_blocks_is_drawn():
    """The fast path of encoder layers would skip the masks."""

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.TransformerEncoderLayer(
                2, 1, 8, dropout=0.5, batch_first=True
            )
            self.encoder.self_attn.dropout = 0.0
            self.last = nn.Linear(6, 3)

        def forward(self, X):
            return self.last(self.encoder(X.view(-1, 3, 2)).flatten(1))

    sampler = fitted(Encoder)
    functions = sampler.functions(np.random.default_rng(0))
    draws = functions(X)
    assert draws.std(1).max() > 0.01
    assert_allclose(functions(X[7:8]), draws[7:8], RTOL, ATOL)


@pytest.mark.parametrize(
    "layer",
    [nn.Dropout(0.5, inplace=True), nn.AlphaDropout(0.5), nn.FeatureAlphaDropout(0.5)],
    ids=lambda layer: type(layer).__name__,
)
def test_other_layers_draw_functions_too(layer):
    module = nn.Sequential(nn.Linear(6, 8), nn.SELU(), layer, nn.Linear(8, 3))
    sampler = fitted(module)
    functions = sampler.functions(np.random.default_rng(0))
    draws = functions(X)
    assert draws.std(1).max() > 0.01
    assert_allclose(functions(X[7:8]), draws[7:8], RTOL, ATOL)
