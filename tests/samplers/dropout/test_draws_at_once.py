"""Draws that share a forward pass equal those made one by one with masks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.frozen import FrozenEstimator

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier, NeuralNetRegressor  # noqa: E402
from torch import nn  # noqa: E402

from skactive import BALD  # noqa: E402
from skactive.nn import VariationalDropout  # noqa: E402
from skactive.samplers import DropoutSampler  # noqa: E402
from skactive.samplers.dropout._masks import Masks  # noqa: E402
from tests.samplers.dropout import test_thinning as thinning  # noqa: E402
from tests.samplers.dropout.test_thinning import points, sampler_of, settled  # noqa: E402

K = thinning.K
SEVERAL = "one pass makes several draws"


@pytest.fixture(autouse=True)
def accelerated(monkeypatch):
    """Treat the CPU as an accelerator."""
    monkeypatch.setattr(DropoutSampler, "_is_accelerated", lambda self: True)


@pytest.fixture
def passes(monkeypatch):
    """The number of draws made by each forward pass."""
    recorded, vmap = [], torch.vmap

    def record(function, **params):
        def mapped(numbers):
            recorded.append(len(numbers))
            return vmap(function, **params)(numbers)

        return mapped

    monkeypatch.setattr(torch, "vmap", record)
    return recorded


def at_once(sampler, g):
    """The sampler, with `g` draws in each forward pass and the rest in the last."""
    sampler._draws_at_once = lambda: g
    return sampler


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(6, 5), nn.Linear(3, 5)
        self.drop, self.last = nn.Dropout(0.5), nn.Linear(5, 2)

    def forward(self, left, right):
        hidden = torch.relu(self.left(left)) * self.drop(torch.tanh(self.right(right)))
        return self.last(self.drop(hidden))


def variational():
    return nn.Sequential(
        *(VariationalDropout(6, 5, log_variance=-1.0), nn.ReLU(), nn.Dropout(0.3)),
        *(nn.Linear(5, 5), nn.Tanh(), VariationalDropout(5, 2, log_variance=-1.0)),
    )


def papers():
    """Small versions of the papers' convolutional nets, with both kinds of masks."""
    return nn.Sequential(
        *(nn.Conv2d(1, 4, 3), nn.Dropout2d(0.5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(4, 6, 2), nn.BatchNorm2d(6), nn.Dropout(0.5), nn.ReLU()),
        *(nn.Flatten(), nn.LazyLinear(8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 3)),
    )


ALONE = {"attention"}  # one draw at a time
TOGETHER = {
    **thinning.NETS,
    **{n: net[:2] for n, net in thinning.MASKED.items() if n not in ALONE},
    "viewed by size": (thinning.Viewed, (2, 6, 5)),
    "viewed by shape": (lambda: thinning.Viewed("shape"), (2, 6, 5)),
    "the papers'": (papers, (1, 9, 8)),
    "noise of weights": (variational, (6,)),
}


@pytest.mark.parametrize(("make", "shape"), TOGETHER.values(), ids=TOGETHER)
def test_draws_of_a_pass_are_those_of_as_many_passes(make, shape, passes):
    """Seven draws take, say, passes of 3, 3 and 1; the last batch is small, too."""
    X = points(*shape, n=8 if "flatten" in shape else 10)
    module = settled(make, X)
    state = {name: value.clone() for name, value in module.state_dict().items()}
    masked = sampler_of(module, X, thin=False).draw(X, 3)
    sampler = sampler_of(module, X)
    assert all(how.endswith(SEVERAL) for how in sampler.thinned_.values())
    for g, expected in {K: [K], 3: [3, 3, 1], 2: [2, 2, 2, 1]}.items():
        passes.clear()
        draws = at_once(sampler, g).draw(X, 3)
        assert passes == 3 * expected  # batches of four, four and two
        assert_allclose(draws, masked, rtol=1e-12, atol=1e-12)
    assert draws.std(1).max() > 0
    for name, value in module.state_dict().items():
        assert_array_equal(value, state[name])


@pytest.mark.parametrize("batch_size", [1, 3, 10, 64, -1])
def test_the_size_of_batches_does_not_matter(batch_size):
    X = points(1, 9, 8, n=10)
    module = settled(papers, X)
    masked = sampler_of(module, X, thin=False).draw(X, 3)
    sampler = sampler_of(module, X, batch_size=batch_size)
    for working_memory in (1e-3, 1e-1, 1024):
        with config_context(working_memory=working_memory):
            assert_allclose(sampler.draw(X, 3), masked, rtol=1e-12, atol=1e-12)


def test_two_inputs():
    X = {"left": points(6), "right": points(3)}
    module = TwoInputs().double()
    nets = [NeuralNetRegressor(module, verbose=0, batch_size=4) for _ in range(2)]
    together, masked = (
        DropoutSampler(FrozenEstimator(net.initialize()), n_draws=K, thin=thin)
        for net, thin in zip(nets, (True, False), strict=True)
    )
    rows = skorch.dataset.Dataset(X, np.zeros(9))
    together.fit(rows, None)
    assert together.thinned_["drop"].endswith(SEVERAL)
    expected = masked.fit(rows, None).draw(rows, 3)
    assert_allclose(at_once(together, 3).draw(rows, 3), expected, rtol=1e-12)


def test_probabilities_and_choices_are_those_of_the_cpu(monkeypatch):
    X = points(6, n=40).astype(np.float32)
    y = np.arange(40) % 3
    net = NeuralNetClassifier(
        nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Dropout(0.5), nn.Linear(9, 3)),
        criterion=nn.CrossEntropyLoss,
        verbose=0,
        max_epochs=2,
    )
    together = BALD(net, random_state=0).fit(X, y)
    assert together.sampler_.thinned_ == {
        "2": f"masked after a shared prefix: {SEVERAL}"
    }
    monkeypatch.undo()
    apart = BALD(net, random_state=0).fit(X, y)
    assert apart.sampler_.thinned_ == {"2": thinning.AFTER_PREFIX}
    assert_allclose(together.score_samples(X), apart.score_samples(X), atol=1e-6)
    assert_array_equal(together.query(X, 5), apart.query(X, 5))


def test_memory_decides_how_many_draws_share_a_pass(passes):
    """Each draw adds mask, ReLU and linear layer: 9 + 9 + 3 numbers a point."""
    module = nn.Sequential(
        nn.Linear(6, 9), nn.Dropout(0.5), nn.ReLU(), nn.Linear(9, 3)
    ).double()
    X = points(6, n=8)
    sampler = sampler_of(module, X, batch_size=8)
    draw_bytes = 8 * (9 + 9 + 3) * 8
    for n_bytes, expected in {
        3: [3, 3, 1],
        3.9: [3, 3, 1],
        5: [5, 2],
        1e9: [K],
    }.items():
        passes.clear()
        with config_context(working_memory=n_bytes * draw_bytes / 2**20):
            sampler.draw(X, 0)
        assert passes == expected
    passes.clear()
    with config_context(working_memory=1.9 * draw_bytes / 2**20):
        sampler.draw(X, 0)
        again = sampler_of(module, X, batch_size=8)
    assert again.thinned_ == {
        "1": f"{thinning.AFTER_PREFIX}; one draw at a time: working_memory holds no "
        "second"
    }
    assert passes == [2, 2]  # when it was fitted again


def test_noise_of_weights_is_counted():
    module = nn.Sequential(VariationalDropout(6, 200, log_variance=-1.0)).double()
    X = points(6)
    sampler = sampler_of(module, X, batch_size=1)
    per_draw = 8 * (6 * 200 + 200)  # noise and weights in single precision, output
    with config_context(working_memory=4.5 * per_draw / 2**20):
        assert sampler._draws_at_once() == 4


def test_what_precedes_the_first_dropout_is_computed_once(monkeypatch):
    X = points(2, 9, n=8)
    sampler = at_once(sampler_of(settled(thinning.Counting, X), X), 3)
    functions = sampler.functions(np.random.default_rng(0))
    functions(X)
    counts = thinning.count_calls(monkeypatch, nn.Conv1d)
    functions(X)
    assert counts.count((4, 2, 3)) == 2  # batches of four
    assert counts.count((3, 4, 3)) == 2 * 3  # passes of three draws, three and one


class After(nn.Module):
    """A step after dropout that cannot be computed for several draws at once."""

    def __init__(self, step):
        super().__init__()
        self.first, self.drop, self.step = nn.Linear(6, 6), nn.Dropout(0.5), step
        self.last = nn.LazyLinear(2)

    def forward(self, X):
        return self.last(self.step(self.drop(self.first(X))))


class Recurrent(nn.LSTM):
    def forward(self, X):
        return super().forward(X.reshape(-1, 3, 2))[0].flatten(1)


class Remembering(nn.Module):
    def forward(self, X):
        self.kept = X
        return X


class OneStep(nn.Module):
    """Cannot be traced: it stores its input and branches on the data."""

    def forward(self, X):
        self.kept = X
        return X + int(X.ndim)


class Silent(nn.Module):
    """Raises an error without a message if several draws share a pass."""

    def forward(self, X):
        int(X.ndim)
        if torch._C._functorch.is_functorch_wrapped_tensor(X):
            raise NotImplementedError
        return X


class OwnInfer(NeuralNetRegressor):
    def infer(self, x, **params):
        self.seen = super().infer(x, **params)
        return self.seen


def hooked():
    module = thinning.Branches()
    module.register_forward_hook(lambda *args: None)
    return module


LONE = {
    "LSTM": (lambda: After(Recurrent(2, 2, batch_first=True)), {}, "aten::lstm"),
    "data": (lambda: After(thinning.DataDependent()), {}, "vmap: "),
    "state": (lambda: After(Remembering()), {}, "Remembering stores what it computes"),
    "state of a step": (lambda: After(OneStep()), {}, "stores what it computes"),
    "silent": (lambda: After(Silent()), {}, "at a time: NotImplementedError"),
    "infer": (thinning.Branches, {"cls": OwnInfer}, "OwnInfer overrides infer"),
    "hooks": (hooked, {}, "Branches has hooks"),
    **{name: (make, {}, why) for name, (make, why) in thinning.WHOLE.items()},
}


@pytest.mark.parametrize(("make", "params", "why"), LONE.values(), ids=LONE)
def test_nets_that_do_not_allow_it_are_drawn_one_by_one(make, params, why, passes):
    X = points(6)
    module = settled(make, X)
    masked = sampler_of(module, X, thin=False, **params).draw(X, 3)
    sampler = sampler_of(module, X, **params)
    passes.clear()
    assert_allclose(sampler.draw(X, 3), masked, rtol=1e-12, atol=1e-12)
    assert passes == []
    for how in sampler.thinned_.values():
        assert why in how
        assert not how.endswith(SEVERAL)
    kept = [getattr(layer, "kept", None) for layer in module.modules()]
    assert not any(
        torch._C._functorch.is_functorch_wrapped_tensor(x)
        for x in kept
        if x is not None
    )


def test_operations_that_would_be_repeated_for_each_draw_are_no_gain():
    make, shape, _ = thinning.MASKED["attention"]
    X = points(*shape)
    said = sampler_of(settled(make, X), X).thinned_
    assert "one draw at a time: There is a performance drop" in said["drop"]


def test_hooks_of_the_module_see_every_draw():
    X, seen = points(6, n=4), []
    module = settled(thinning.Branches, X)
    sampler = sampler_of(module, X)
    expected = sampler.draw(X, 0)
    module.register_forward_hook(lambda m, args, out: seen.append(out) or out * 2)
    draws = sampler.draw(X, 0)
    assert len(seen) == K
    assert_allclose(draws, 2 * expected, rtol=1e-12)


def test_it_can_be_switched_off(passes):
    X = points(6)
    sampler = sampler_of(settled(variational, X), X, thin=False)
    sampler.draw(X, 0)
    assert set(sampler.thinned_.values()) == {"masked: thin=False"}
    assert passes == []


def test_an_error_on_the_way_leaves_no_trace():
    X = points(6)
    sampler = sampler_of(settled(variational, X), X)
    module = sampler._final.module_.train()
    with pytest.raises(RuntimeError):
        sampler.draw(X[:, :5], 0)
    assert "forward" not in vars(module)
    for layer in module.modules():
        assert layer.training
        assert not layer._forward_hooks
    assert_allclose(torch.vmap(torch.sin)(torch.ones(2)), torch.ones(2).sin())


LAYERS = {
    "Dropout": (nn.Dropout, (5, 8)),
    "Dropout2d": (nn.Dropout2d, (5, 4, 3, 2)),
    "AlphaDropout": (nn.AlphaDropout, (5, 8)),
    "FeatureAlphaDropout": (nn.FeatureAlphaDropout, (5, 4, 3)),
}


def outputs_of(layer, x, draws):
    """Outputs of a layer under the masks of some draws, all at once or one by one."""
    masks = Masks(0, ["only"])
    handle = layer.eval().register_forward_hook(masks.hook("only"))

    def draw(number=None):
        masks.number = number
        masks.calls.clear()
        return layer(x)

    if isinstance(draws, range):
        masks.draw = draws
        outputs = torch.vmap(draw)(torch.arange(len(draws)))
    else:
        outputs = torch.stack([draw() for masks.draw in draws])
    handle.remove()
    return outputs


@pytest.mark.parametrize(("cls", "shape"), LAYERS.values(), ids=LAYERS)
def test_masks_are_the_very_masks_of_the_draws(cls, shape):
    x = torch.as_tensor(points(*shape[1:], n=shape[0]))
    layer = cls(0.4)
    expected = outputs_of(layer, x, [2, 3, 4])
    assert_array_equal(outputs_of(layer, x, range(2, 5)), expected)
    elsewhere = outputs_of(layer, x.to("meta"), range(2, 5))
    assert elsewhere.device.type == "meta"
    assert elsewhere.shape == expected.shape


def test_noise_is_the_very_noise_of_the_draws():
    x = torch.as_tensor(points(6))
    layer = VariationalDropout(6, 4, log_variance=0.0).double()
    with torch.no_grad():
        expected = outputs_of(layer, x, [2, 3, 4])
        together = outputs_of(layer, x, range(2, 5))
    assert_allclose(together, expected, rtol=1e-12)
    elsewhere = outputs_of(layer.to("meta"), x.to("meta"), range(2, 5))
    assert elsewhere.shape == expected.shape
