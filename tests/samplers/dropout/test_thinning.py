"""Draws with thinning equal draws with masks, whatever the net."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.frozen import FrozenEstimator

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
import torch.nn.functional as F  # noqa: E402
from skorch import NeuralNetClassifier, NeuralNetRegressor  # noqa: E402
from torch import nn  # noqa: E402

from skactive.samplers import DropoutSampler  # noqa: E402
from skactive.samplers.dropout import _thinning_pass as pass_module  # noqa: E402

K = 7
THINNED, AFTER_PREFIX = "thinned", "thinned after a shared prefix"


def settled(make, X):
    """A module in float64 whose batch statistics and weights are not the defaults."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        module = make().double().eval()
        module(torch.as_tensor(X))  # lazy layers learn their sizes
        for layer in module.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                nn.init.normal_(layer.running_mean)
                nn.init.uniform_(layer.running_var, 0.5, 2)
            if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.affine:
                nn.init.normal_(layer.weight)
                nn.init.normal_(layer.bias)
            if isinstance(layer, nn.PReLU):
                nn.init.normal_(layer.weight)
    return module


def sampler_of(module, X, thin=True, n_draws=K, batch_size=4, **params):
    """A fitted sampler of a net that is not trained."""
    cls = params.pop("cls", NeuralNetRegressor)
    net = cls(module, verbose=0, iterator_valid__batch_size=batch_size, **params)
    sampler = DropoutSampler(FrozenEstimator(net.initialize()), n_draws=n_draws)
    return sampler.set_params(thin=thin).fit(X, np.zeros(len(X)))


def points(*shape, n=9):
    return np.random.default_rng(0).normal(size=(n, *shape))


def compare(make, X):
    """Compare draws with and without thinning; return ``thinned_``."""
    module = settled(make, X)
    state = {name: value.clone() for name, value in module.state_dict().items()}
    thin, masked = (sampler_of(module, X, thin) for thin in (True, False))
    draws = thin.draw(X, 3)
    assert_allclose(draws, masked.draw(X, 3), rtol=1e-12, atol=1e-12)
    assert draws.std(1).max() > 0
    for name, value in module.state_dict().items():
        assert_array_equal(value, state[name])
    return thin.thinned_


def images(*layers, drop=nn.Dropout2d, c=6):
    """Layers between a dropout of channels and the next convolution."""
    return nn.Sequential(
        nn.Conv2d(2, c, 3, padding=1),
        drop(0.5),
        *layers,
        nn.Conv2d(c, 4, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.LazyLinear(2),
    )


IMAGES = (2, 6, 5)
ZERO = [
    *(nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.LeakyReLU(0.2), nn.PReLU()),
    *(nn.PReLU(6), nn.ELU(), nn.CELU(), nn.SELU(), nn.GELU(), nn.GELU("tanh")),
    *(nn.SiLU(), nn.Mish(), nn.Tanh(), nn.Hardtanh(), nn.Hardswish(), nn.Softsign()),
    *(
        nn.Identity(),
        nn.MaxPool2d(2),
        nn.MaxPool2d(3, 1, 1),
        nn.AvgPool2d(2, padding=1),
    ),
    *(nn.AdaptiveAvgPool2d(3), nn.AdaptiveMaxPool2d((2, 3)), nn.Dropout(0.0)),
]
NOT_ZERO = [
    *(nn.Sigmoid(), nn.LogSigmoid(), nn.Softplus(), nn.Hardsigmoid()),
    *(nn.Threshold(-1, 2), nn.Softmax(1), nn.Softmax2d(), nn.BatchNorm2d(6)),
    *(
        nn.GroupNorm(2, 6),
        nn.InstanceNorm2d(6),
        nn.LayerNorm([6, 5]),
        nn.Hardtanh(1, 2),
    ),
    *(nn.LocalResponseNorm(2), nn.ZeroPad2d(1)),
]


@pytest.mark.parametrize("layer", ZERO, ids=str)
def test_layers_that_keep_zeros_are_thinned(layer):
    """They run once after the first dropout, on fewer channels after the second."""
    assert compare(lambda: images(layer), points(*IMAGES)) == {"1": AFTER_PREFIX}
    first = nn.Conv2d(5, 2, 1), nn.Dropout2d(0.3)
    said = compare(lambda: nn.Sequential(*first, *images(layer)), points(5, 6, 5))
    assert said == {"1": AFTER_PREFIX, "3": THINNED}


@pytest.mark.parametrize("layer", NOT_ZERO, ids=str)
def test_layers_that_do_not_keep_zeros_are_masked(layer):
    said = compare(lambda: images(layer), points(*IMAGES))
    assert said["1"].startswith("masked after a shared prefix: ")
    assert type(layer).__name__ in said["1"]


CHANNELWISE = [
    *(nn.BatchNorm2d(6), nn.Sigmoid(), nn.Softplus(), nn.Hardsigmoid(), nn.ReLU()),
    *(nn.LogSigmoid(), nn.PReLU(6), nn.MaxPool2d(2), nn.BatchNorm2d(6, affine=False)),
]


@pytest.mark.parametrize("layer", CHANNELWISE, ids=str)
def test_what_makes_a_channel_that_is_dropped_is_skipped(layer, monkeypatch):
    net = nn.Sequential(
        *(nn.Dropout2d(0.5), nn.Conv2d(2, 6, 2), layer),
        *(nn.Dropout2d(0.5), nn.Conv2d(6, 3, 2), nn.Flatten(), nn.LazyLinear(2)),
    )
    made = []
    weigh = pass_module.Pass._weigh

    def record(self, node, x):
        out = weigh(self, node, x)
        made.append((node.target, tuple(getattr(out, "x", out).shape)[1]))
        return out

    monkeypatch.setattr(pass_module.Pass, "_weigh", record)
    assert compare(lambda: net, points(*IMAGES)) == {"0": AFTER_PREFIX, "3": THINNED}
    channels = {n for name, n in made if name == "1"}
    assert min(channels) < 6


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 4, 3), nn.Conv2d(4, 4, 3, padding=1)
        self.drop, self.head = nn.Dropout2d(0.5), nn.LazyLinear(2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, X):
        X = self.relu(self.first(X))
        out = self.drop(self.second(X))
        out += X
        return self.head(self.relu(out).flatten(1))


class ResidualInside(Residual):
    def forward(self, X):
        X = self.relu(self.first(X))
        out = X + self.second(self.drop(X))
        return self.head(self.relu(out).flatten(1))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.trunk = nn.Linear(6, 8)
        self.left, self.right = nn.Linear(8, 3), nn.Linear(8, 3)

    def forward(self, X):
        X = self.drop(torch.tanh(self.trunk(X)))
        return self.left(F.relu(X)) * torch.sigmoid(self.right(X))


class HalfBranches(Branches):
    def forward(self, X):
        X = self.drop(torch.tanh(self.trunk(X)))
        return self.left(F.relu(X)) + X[:, :3]


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 2)
        self.drop = nn.Dropout(0.5)

    def forward(self, X):
        return self.last(self.drop(self.first(self.drop(self.first(self.drop(X))))))


class SharedWithMask(Shared):
    def forward(self, X):
        return self.last(self.drop(torch.sigmoid(self.drop(self.first(self.drop(X))))))


class Viewed(nn.Module):
    """Common ways to flatten an image."""

    def __init__(self, how="view"):
        super().__init__()
        self.how = how
        self.conv, self.drop = nn.Conv2d(2, 4, 2), nn.Dropout2d(0.5)
        self.head = nn.LazyLinear(2)

    def forward(self, X):
        out = F.max_pool2d(F.relu(self.drop(self.conv(X))), 2)
        if self.how == "view":
            out = out.view(out.size(0), -1)
        elif self.how == "shape":
            out = out.reshape(X.shape[0], -1)
        elif self.how == "own shape":
            out = out.reshape(out.shape[0], -1)
        elif self.how == "number":
            out = out.view(-1, 4 * 2 * 2)
        elif self.how == "torch":
            out = torch.flatten(out, 1)
        else:
            out = out.flatten(start_dim=1)
        return self.head(out)


def volumes(d):
    conv = (None, nn.Conv1d, nn.Conv2d, nn.Conv3d)[d]
    drop = (None, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)[d]
    norm = (None, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[d]
    pool = (None, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[d]
    return nn.Sequential(
        *(conv(2, 5, 2), norm(5), nn.ReLU(), drop(0.4), pool(2)),
        *(conv(5, 6, 2, padding=1, padding_mode="circular"), norm(6), nn.PReLU(6)),
        *(drop(0.6), nn.Flatten(), nn.LazyLinear(7, bias=False), nn.BatchNorm1d(7)),
        *(nn.Tanh(), nn.Dropout(0.5), nn.Linear(7, 3)),
    )


NETS = {
    "1-D": (lambda: volumes(1), (2, 9)),
    "2-D": (lambda: volumes(2), (2, 7, 6)),
    "3-D": (lambda: volumes(3), (2, 5, 5, 4)),
    "perceptron": (
        lambda: nn.Sequential(
            *(nn.Dropout(0.3), nn.Linear(6, 9), nn.GELU(), nn.Dropout(0.5)),
            *(nn.Linear(9, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Linear(8, 3), nn.Softplus()),
        ),
        (6,),
    ),
    "branches": (Branches, (6,)),
    "called three times": (Shared, (6,)),
    "one channel, often none": (
        lambda: nn.Sequential(
            *(nn.Conv2d(2, 1, 2), nn.Dropout2d(0.5), nn.PReLU(), nn.Conv2d(1, 2, 2)),
            *(nn.ReLU(), nn.Dropout2d(0.8), nn.Flatten(), nn.Dropout(0.9)),
            *(nn.LazyLinear(1), nn.ReLU(), nn.Dropout(0.7), nn.Linear(1, 2)),
        ),
        IMAGES,
    ),
    "a derived dropout": (
        lambda: nn.Sequential(
            *(nn.Linear(6, 8), Mine(0.5), nn.ReLU(), nn.Linear(8, 7), Mine(0.4)),
            nn.Linear(7, 3),
        ),
        (6,),
    ),
    "two dropouts in a row": (
        lambda: nn.Sequential(
            *(nn.Conv2d(2, 6, 2), nn.Dropout2d(0.5), nn.ReLU(), nn.Dropout2d(0.4)),
            *(nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.LazyLinear(3)),
        ),
        IMAGES,
    ),
    "strides, dilation, no bias": (
        lambda: nn.Sequential(
            *(nn.Dropout2d(0.5), nn.Conv2d(2, 6, 3, 2, 2, 2, bias=False)),
            *(nn.Dropout2d(0.5), nn.Conv2d(6, 3, (1, 2), padding="same")),
            *(nn.Flatten(), nn.LazyLinear(2)),
        ),
        (2, 9, 8),
    ),
}


@pytest.mark.parametrize(("module", "shape"), NETS.values(), ids=NETS)
def test_nets_that_are_thinned_throughout(module, shape):
    said = compare(module, points(*shape))
    assert said
    for how in said.values():
        assert set(how.split("; ")) <= {THINNED, AFTER_PREFIX}


@pytest.mark.parametrize(
    "how", ["view", "shape", "own shape", "number", "torch", "method"]
)
def test_flattening_in_other_words(how):
    assert compare(lambda: Viewed(how), points(2, 6, 5)) == {"drop": AFTER_PREFIX}


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout1d(0.5)
        self.encoder = nn.TransformerEncoderLayer(4, 2, 8, 0.3, batch_first=True)
        self.encoder.self_attn.dropout = 0.0  # of weights: no draw could fix it
        self.head = nn.Linear(12, 2)

    def forward(self, X):
        return self.head(self.encoder(self.drop(X)).flatten(1))


class Sequences(nn.Module):
    """Linear layers act on the last axis, a dropout of channels on the second."""

    def __init__(self):
        super().__init__()
        self.drop, self.first = nn.Dropout1d(0.5), nn.Linear(4, 4)
        self.head = nn.Linear(12, 2)

    def forward(self, X):
        return self.head(self.first(self.drop(X)).flatten(1))


class Both(nn.Module):
    def __init__(self, first, last):
        super().__init__()
        self.first, self.last = first, last

    def forward(self, X):
        return self.last(X) + self.last(self.first(X))


class Mine(nn.Dropout):
    """Differs from torch's layer in training mode only."""

    def forward(self, X):
        return X * 2 if self.training else X


class Doubling(nn.Dropout):
    def forward(self, X):
        return 2 * X


class MyLinear(nn.Linear):
    def forward(self, X):
        return super().forward(X + 1)


MASKED = {
    "residual after": (Residual, (2, 5, 5), {"drop": "add needs all channels"}),
    "residual around": (ResidualInside, (2, 5, 5), None),
    "a branch": (HalfBranches, (6,), {"drop": "getitem needs all channels"}),
    "groups": (
        lambda: images(nn.Conv2d(6, 6, 1, groups=2)),
        IMAGES,
        {"1": "Conv2d '2' needs all channels"},
    ),
    "transposed": (
        lambda: images(nn.ConvTranspose2d(6, 6, 2)),
        IMAGES,
        {"1": "ConvTranspose2d '2' needs all channels"},
    ),
    "elements of images": (
        lambda: images(drop=nn.Dropout),
        IMAGES,
        {"1": "one mask per element of (6, 6, 5), not per channel"},
    ),
    "everything": (
        lambda: nn.Sequential(
            *(nn.Dropout(0.5), nn.Linear(6, 5), Both(nn.Dropout(1.0), nn.Linear(5, 2)))
        ),
        (6,),
        {"2.first": "it drops everything"},
    ),
    "alpha": (lambda: images(drop=nn.AlphaDropout), IMAGES, {"1": "a constant, not 0"}),
    "feature alpha": (
        lambda: images(drop=nn.FeatureAlphaDropout),
        IMAGES,
        {"1": "a constant, not 0"},
    ),
    "derived": (
        lambda: nn.Sequential(nn.Linear(6, 5), Doubling(0.5), nn.Linear(5, 2)),
        (6,),
        {"1": "Doubling is not torch's own"},
    ),
    "into a derived layer": (
        lambda: nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.5), MyLinear(5, 2)),
        (6,),
        {"1": "add needs all channels"},
    ),
    "the output": (
        lambda: nn.Sequential(nn.Linear(6, 2), nn.Dropout(0.5), nn.ReLU()),
        (6,),
        {"1": "the net's output needs all channels"},
    ),
    "attention": (Attention, (3, 4), {"drop": "TransformerEncoderLayer 'encoder'"}),
    "sequences": (Sequences, (3, 4), {"drop": "Linear 'first' needs all channels"}),
    "shared, a call masked": (SharedWithMask, (6,), {"drop": "sigmoid needs all"}),
    "a pool across channels": (
        lambda: nn.Sequential(
            nn.Dropout1d(0.5), nn.MaxPool2d((3, 1), 1), nn.Flatten(), nn.Linear(12, 2)
        ),
        (5, 4),
        {"0": "MaxPool2d '1' needs all channels"},
    ),
}


@pytest.mark.parametrize(("module", "shape", "why"), MASKED.values(), ids=MASKED)
def test_nets_that_do_not_allow_it_stay_masked(module, shape, why):
    said = compare(module, points(*shape, n=8))
    for name, reason in (why or {}).items():
        assert "masked" in said[name]
        assert reason in said[name]


def test_batches_of_any_size_and_any_order_are_drawn_alike():
    X = points(2, 7, 6, n=23)
    sampler = sampler_of(settled(NETS["2-D"][0], X), X, batch_size=5)
    functions = sampler.functions(np.random.default_rng(1))
    draws = functions(X)
    assert_array_equal(functions(X), draws)
    assert_array_equal(sampler.draw(X, 1), draws)
    for working_memory in (1e-4, 1e-2):
        with config_context(working_memory=working_memory):
            assert_array_equal(sampler.draw(X, 1), draws)
    rows = np.random.default_rng(2).permutation(23)
    assert_allclose(functions(X[rows]), draws[rows], rtol=1e-10, atol=1e-12)
    for batch_size in (1, 7, 23, -1):
        other = sampler_of(sampler._final.module_, X, batch_size=batch_size)
        assert_allclose(other.draw(X, 1), draws, rtol=1e-10, atol=1e-12)


def test_single_precision():
    X = points(2, 7, 6).astype(np.float32)
    module = settled(NETS["2-D"][0], X.astype(float)).float()
    thin, masked = (sampler_of(module, X, thin) for thin in (True, False))
    assert_allclose(thin.draw(X, 1), masked.draw(X, 1), rtol=1e-5, atol=1e-5)


def test_it_can_be_switched_off():
    X = points(6)
    sampler = sampler_of(settled(NETS["perceptron"][0], X), X, thin=False)
    assert set(sampler.thinned_.values()) == {"masked: thin=False"}
    assert "forward" not in vars(sampler._final.module_)


class Counting(nn.Module):
    """Counts calls of its layers; their sizes may vary from batch to batch."""

    def __init__(self):
        super().__init__()
        self.first, self.drop = nn.Conv1d(2, 4, 3), nn.Dropout1d(0.5)
        self.second = nn.Conv1d(4, 3, 3)

    def forward(self, X, scale=None, power: int = 1):
        X = self.second(F.relu(self.drop(self.first(X))))
        if scale is not None:
            X = X * scale[:, None, None]
        return X.amax(2) ** power


def count_calls(monkeypatch, cls):
    counts, forward = [], cls.forward

    def record(self, X):
        counts.append(tuple(self.weight.shape))
        return forward(self, X)

    monkeypatch.setattr(cls, "forward", record)
    return counts


def test_what_precedes_the_first_dropout_is_computed_once(monkeypatch):
    X = points(2, 9, n=8)
    sampler = sampler_of(settled(Counting, X), X)
    functions = sampler.functions(np.random.default_rng(0))
    functions(X)
    counts = count_calls(monkeypatch, nn.Conv1d)
    functions(X)
    assert counts.count((4, 2, 3)) == 2  # batches of four
    second = [shape for shape in counts if shape != (4, 2, 3)]
    assert len(second) == 2 * K
    assert {shape[1] for shape in second} > {2}


@pytest.mark.parametrize("arguments", ["by name", "left out", "a number"])
def test_arguments_by_name_and_left_out(arguments):
    class Calling(NeuralNetRegressor):
        def infer(self, x, **params):
            if arguments == "by name":
                return self.module_(scale=abs(x[:, 0, 0]), X=x)
            return (
                self.module_(x, power=3) if arguments == "a number" else self.module_(x)
            )

    X = points(2, 9)
    module = settled(Counting, X)
    thin, masked = (sampler_of(module, X, t, cls=Calling) for t in (True, False))
    assert thin.thinned_ == {"drop": AFTER_PREFIX}
    assert_allclose(thin.draw(X, 1), masked.draw(X, 1), rtol=1e-12)


def test_points_of_another_size_are_planned_anew():
    X = points(2, 9)
    sampler = sampler_of(settled(Counting, X), X)
    masked = sampler_of(sampler._final.module_, X, thin=False)
    functions, expected = (
        s.functions(np.random.default_rng(0)) for s in (sampler, masked)
    )
    for length in (9, 12, 9):
        longer = points(2, length)
        assert_allclose(functions(longer), expected(longer), rtol=1e-12)


class DataDependent(nn.Module):
    def __init__(self, inside=True):
        super().__init__()
        self.inside = inside

    def forward(self, X):
        return X * 2 if not self.inside or X.sum() > -1e9 else X


def test_what_cannot_be_traced_is_a_step_of_its_own():
    def make():
        return nn.Sequential(
            *(nn.Linear(6, 5), nn.Dropout(0.5), nn.Linear(5, 4), DataDependent()),
            *(nn.Dropout(0.5), nn.Linear(4, 3)),
        )

    assert compare(make, points(6)) == {"1": AFTER_PREFIX, "4": THINNED}


class Untraceable(Branches):
    def forward(self, X):
        return super().forward(X) if X.sum() > -1e9 else X


class Keeping(Branches):
    def forward(self, X):
        self.kept = super().forward(X)
        return self.kept


class WritesIntoTrunk(Branches):
    def forward(self, X):
        trunk = torch.tanh(self.trunk(X))
        dropped = self.drop(trunk)
        return self.left(dropped) + self.right(trunk.mul_(2)) + self.right(trunk)


class WritesIntoView(Branches):
    def forward(self, X):
        trunk = torch.tanh(self.trunk(X))
        half = trunk[:, :4]
        F.relu(half, True)
        return self.left(self.drop(trunk))


class SeesOnlyTensors(Branches):
    """Computes something else while it is traced."""

    def forward(self, X):
        out = self.left(self.drop(self.trunk(X)))
        return out if isinstance(X, torch.Tensor) else 2 * out


def hooked():
    module = Branches()
    module.trunk.register_forward_hook(lambda *args: args[2] * 3)
    return module


def overridden():
    module = Branches()
    module.forward = lambda X: module.left(module.drop(module.trunk(X)))
    return module


WHOLE = {
    "untraceable": (Untraceable, "torch.fx cannot trace the module"),
    "stores what it computes": (Keeping, "Keeping stores what it computes"),
    "writes": (WritesIntoTrunk, "mul_ may modify a tensor that others read"),
    "writes into a view": (WritesIntoView, "may modify a tensor that others read"),
    "mistraced": (SeesOnlyTensors, "the traced net gives different outputs"),
    "hooks": (hooked, "Linear 'trunk' has hooks"),
    "a forward of its own": (overridden, "its forward was replaced"),
}


@pytest.mark.parametrize(("make", "why"), WHOLE.values(), ids=WHOLE)
def test_nets_that_are_left_alone(make, why):
    assert why in compare(make, points(6))["drop"]


class Listing(Branches):
    """Stores what it computes in a list."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, X):
        self.seen.append(self.trunk(X))
        return super().forward(X)


def test_nothing_that_is_traced_stays_in_a_list():
    X = points(6)
    module = settled(Listing, X)
    sampler = sampler_of(module, X)
    assert sampler.thinned_ == {"drop": "masked: Listing stores what it computes"}
    assert all(isinstance(kept, torch.Tensor) for kept in module.seen)
    n_seen = len(module.seen)
    assert_allclose(
        sampler.draw(X, 3), sampler_of(module, X, thin=False).draw(X, 3), rtol=1e-12
    )
    assert len(module.seen) == n_seen  # queries append to the list of a copy


def test_what_a_module_keeps_is_its_own_again():
    X = points(6)
    module = settled(Keeping, X)
    sampler_of(module, X).draw(X, 0)
    assert isinstance(module.kept, torch.Tensor)


def test_hooks_of_the_module_see_every_draw():
    X, seen = points(6, n=4), []
    module = settled(Branches, X)
    sampler = sampler_of(module, X)
    expected = sampler.draw(X, 0)
    module.register_forward_hook(lambda m, args, out: seen.append(out) or out * 2)
    draws = sampler.draw(X, 0)
    assert len(seen) == K
    assert_allclose(draws, 2 * expected, rtol=1e-12)


def test_features_and_criteria_are_those_of_the_net():
    X = points(2, 7, 6).astype(np.float32)
    module = settled(NETS["2-D"][0], X.astype(float)).float()
    params = {"cls": NeuralNetClassifier, "criterion": nn.CrossEntropyLoss}
    thin, masked = (sampler_of(module, X, t, **params) for t in (True, False))
    assert_allclose(thin.draw(X, 0).sum(-1), 1, rtol=1e-5)
    assert_allclose(thin.draw(X, 0), masked.draw(X, 0), rtol=1e-4, atol=1e-6)
    assert_array_equal(thin.embed(X), masked.embed(X))


def test_an_infer_that_calls_the_module_twice():
    class Twice(NeuralNetRegressor):
        def infer(self, x, **params):
            return super().infer(x) + 2 * super().infer(-x)

    X = points(6)
    module = settled(NETS["perceptron"][0], X)
    thin, masked = (sampler_of(module, X, t, cls=Twice) for t in (True, False))
    assert_allclose(thin.draw(X, 1), masked.draw(X, 1), rtol=1e-12)


@pytest.mark.parametrize("by", ["name", "place"])
def test_a_second_call_given_what_the_first_call_drew(by):
    """Its input differs from draw to draw, so that nothing of it is computed once."""

    class Twice(NeuralNetRegressor):
        def infer(self, x, **params):
            first = self.module_(x)
            return self.module_(X=first) if by == "name" else self.module_(first)

    class Square(Branches):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Linear(8, 6), nn.Linear(8, 6)

    X = points(6)
    module = settled(Square, X)
    thin, masked = (sampler_of(module, X, t, cls=Twice) for t in (True, False))
    assert thin.thinned_ == {"drop": AFTER_PREFIX}
    assert_allclose(thin.draw(X, 1), masked.draw(X, 1), rtol=1e-12)


def test_constants_of_other_types_are_planned_anew():
    class Asking(Branches):
        def forward(self, X, left=1):
            X = self.drop(torch.tanh(self.trunk(X)))
            return self.left(X) if left is True else self.right(X)

    class Changing(NeuralNetRegressor):
        left = 1

        def infer(self, x, **params):
            return self.module_(x, self.left)

    X = points(6)
    module = settled(Asking, X)
    samplers = [sampler_of(module, X, t, cls=Changing) for t in (True, False)]
    functions = [s.functions(np.random.default_rng(0)) for s in samplers]
    for left in (1, True, 1.0, True):
        Changing.left = left
        thin, masked = (f(X) for f in functions)
        assert_allclose(thin, masked, rtol=1e-12)


class Squeezing(Branches):
    """Its shapes differ if the batch has a single point."""

    def forward(self, X):
        hidden = self.drop(torch.tanh(self.trunk(X.squeeze().reshape(-1, 6))))
        return self.left(F.relu(hidden)).squeeze().reshape(-1, 3)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9])
def test_one_point_is_planned_on_its_own(n):
    X = points(6)
    module = settled(Squeezing, X)
    thin, masked = (sampler_of(module, X, t) for t in (True, False))
    functions, expected = (
        s.functions(np.random.default_rng(0)) for s in (thin, masked)
    )
    for rows in (slice(0, n), slice(0, 1), slice(4, 9)):
        assert_allclose(functions(X[rows]), expected(X[rows]), rtol=1e-12)


def test_plans_are_made_on_two_points(monkeypatch):
    X = points(2, 9, n=8)
    sampler = sampler_of(settled(Counting, X), X, batch_size=8)
    seen, forward = [], nn.Conv1d.forward

    def record(self, X):
        seen.append((tuple(self.weight.shape), len(X)))
        return forward(self, X)

    monkeypatch.setattr(nn.Conv1d, "forward", record)
    sampler.draw(X, 0)
    assert [n for shape, n in seen if shape == (4, 2, 3)] == [2, 8]


class Mixing(Branches):
    """Takes a matrix with as many rows as points that has nothing to do with them."""

    def forward(self, X, mix):
        return super().forward(X @ mix)


class Sideways(Branches):
    """Multiplies with the features along the first axis."""

    def forward(self, X):
        return super().forward(X.T)


@pytest.mark.parametrize("module", [Mixing, Sideways])
def test_where_axis_0_is_not_the_points_all_are_planned_on(module):
    class Calling(NeuralNetRegressor):
        def infer(self, x, **params):
            mix = torch.linspace(0, 1, 36, dtype=x.dtype).reshape(6, 6)
            return self.module_(x, mix) if module is Mixing else self.module_(x.T)

    X = points(6, n=15)
    net = module().double()
    thin, masked = (
        sampler_of(net, X, t, batch_size=6, cls=Calling) for t in (True, False)
    )
    assert thin.thinned_ == {"drop": AFTER_PREFIX}
    assert_allclose(thin.draw(X, 1), masked.draw(X, 1), rtol=1e-12)


def test_an_error_on_the_way_gives_the_module_its_forward_back():
    X = points(6)
    sampler = sampler_of(settled(NETS["perceptron"][0], X), X)
    with pytest.raises(RuntimeError):
        sampler.draw(X[:, :5], 0)
    assert "forward" not in vars(sampler._final.module_)


@pytest.mark.parametrize("n_bytes", [0, 2000, 2**20])
def test_layers_cut_to_a_draw_are_kept_while_they_are_small(n_bytes, monkeypatch):
    """The draws are the same, and cut layers are dropped after each chunk."""
    make, shape = NETS["2-D"]
    X = points(*shape, n=12)
    module = settled(make, X)
    sampler = sampler_of(module, X)
    functions = sampler.functions(np.random.default_rng(0))
    expected, cut, n_cut = functions(X), pass_module.Pass._cut, []
    monkeypatch.setattr(
        pass_module.Pass, "_cut", lambda *args: n_cut.append(1) or cut(*args)
    )
    monkeypatch.setattr(pass_module, "MAX_CUT_BYTES", n_bytes)
    assert_array_equal(functions(X), expected)
    once, always = 3 * K, 3 * 3 * K  # three layers; three batches
    bounds = {0: (always, always), 2000: (once + 1, always - 1), 2**20: (once, once)}
    assert bounds[n_bytes][0] <= len(n_cut) <= bounds[n_bytes][1]
    with torch.no_grad():
        for weight in module.parameters():
            weight *= 2
    masked = sampler_of(module, X, thin=False).functions(np.random.default_rng(0))
    assert_allclose(functions(X), masked(X), rtol=1e-12)
