"""Nets and inputs that are not supported: each error names the cause and a remedy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier, NeuralNetRegressor  # noqa: E402
from skorch.helper import SliceDict  # noqa: E402
from torch import nn  # noqa: E402

from skactive import BADGE, BALD, ICAL, BatchBALD, Entropy  # noqa: E402
from skactive.samplers import BootstrapSampler, DropoutSampler  # noqa: E402
from skactive.samplers.dropout._checks import check_hidden, hidden_dropout  # noqa: E402
from tests.nets import Perceptron  # noqa: E402
from tests.zoo import data  # noqa: E402

X64, Y, Y2 = data()
X, Y2 = X64.astype(np.float32), Y2.astype(np.float32)


def net(module=Perceptron, cls=NeuralNetClassifier, **params):
    if cls is NeuralNetClassifier:
        params = {"criterion": nn.CrossEntropyLoss, **params}
    common = {"verbose": 0, "max_epochs": 2, "lr": 0.1, "train_split": None}
    return cls(module, **{**common, "batch_size": 16, **params})


class Sequences(nn.Module):
    """torch layers with dropout inside, with a dropout layer beside them or not."""

    def __init__(self, kind, p=0.5, inside=0.5):
        super().__init__()
        if kind in ("LSTM", "GRU", "RNN"):
            cls = getattr(nn, kind)
            self.part = cls(2, 2, num_layers=2, dropout=inside, batch_first=True)
        elif kind == "MultiheadAttention":
            self.part = nn.MultiheadAttention(2, 1, dropout=inside, batch_first=True)
        else:
            cls = getattr(nn, kind)
            self.part = cls(2, 1, 8, dropout=inside, batch_first=True)
        self.kind, self.drop, self.last = kind, nn.Dropout(p), nn.Linear(6, 3)

    def forward(self, X):
        X = X.view(-1, 3, 2)
        n_inputs = {"MultiheadAttention": 3, "TransformerDecoderLayer": 2}
        out = self.part(*[X] * n_inputs.get(self.kind, 1))
        if self.kind in ("LSTM", "GRU", "RNN", "MultiheadAttention"):
            out = out[0]
        return self.last(self.drop(out.flatten(1)))


HIDDEN = [
    "LSTM",
    "GRU",
    "RNN",
    "MultiheadAttention",
    "TransformerEncoderLayer",
    "TransformerDecoderLayer",
]


@pytest.mark.parametrize("kind", HIDDEN)
def test_dropout_inside_of_layers_is_drawn(kind):
    hidden = net(Sequences, module__kind=kind, module__p=0.0, module__inside=0.3)
    strategy = BALD(hidden, random_state=0).fit(X, Y)
    assert strategy.sampler_.draw(X, 0).std(1).max() > 1e-3
    assert strategy.query(X, 3).shape == (3,)


@pytest.mark.parametrize("kind", HIDDEN)
def test_without_it_they_are_drawn(kind):
    strategy = BALD(net(Sequences, module__kind=kind, module__inside=0.0))
    strategy.set_params(random_state=0).fit(X, Y)
    draws = strategy.sampler_.draw(X, 0)
    assert draws.std(1).max() > 0.01
    assert strategy.query(X, 3).shape == (3,)


def test_one_layer_drops_nothing_inside():
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but"):
        layer = nn.LSTM(2, 2, num_layers=1, dropout=0.5)
    module = nn.Sequential(layer)
    assert not list(hidden_dropout(module))
    layer.num_layers = 2
    assert list(hidden_dropout(module)) == [("0", layer)]
    check_hidden("net", module)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.drop, self.last = (
            nn.Linear(6, 8),
            nn.Dropout(),
            nn.Linear(8, 3),
        )

    def forward(self, a, b):
        return self.last(self.drop(self.first(a + b)))


@pytest.mark.parametrize(
    ("inputs", "kind"), [({"a": X, "b": X}, "dictionary"), ((X, X), "tuple")]
)
def test_several_inputs_name_what_rows_can_be_taken_of(inputs, kind, monkeypatch):
    """The error comes before anything is trained: ``fit`` of the net is not reached."""
    strategy = BALD(net(TwoInputs), random_state=0)
    monkeypatch.setattr(NeuralNetClassifier, "fit", None)
    with pytest.raises(TypeError, match=rf"of a {kind} .*SliceDict\(name=array"):
        strategy.fit(inputs, Y)


def test_several_inputs_by_name():
    both = SliceDict(a=X, b=X)
    strategy = BALD(net(TwoInputs), random_state=0).fit(both, Y)
    assert len(set(strategy.query(both, 5).tolist())) == 5


FORMS = ["a", "b"]


@pytest.mark.parametrize("strategy", [BALD, BatchBALD, ICAL, Entropy, BADGE])
@pytest.mark.parametrize("nothing", [(None, None), (X[:0], Y[:0])], ids=FORMS)
def test_a_trained_net_needs_no_labels(strategy, nothing):
    trained = FrozenEstimator(net().fit(X, Y))
    expected = strategy(trained, random_state=0).fit(X, Y).query(X, 4)
    unlabelled = strategy(trained, random_state=0).fit(*nothing)
    assert_array_equal(unlabelled.query(X, 4), expected)
    assert_array_equal(unlabelled.classes_, [0, 1, 2])


def test_a_trained_net_without_labels_gives_features_first():
    trained = FrozenEstimator(net().fit(X, Y))
    sampler = DropoutSampler(trained).fit(None, None)
    assert sampler.embed(X).shape == (40, 32)
    assert not hasattr(sampler, "thinned_")
    functions = sampler.functions(np.random.default_rng(0))
    assert functions(X).shape == (40, 50, 3)
    assert sampler.thinned_ == {"layers.2": "thinned after a shared prefix"}


def test_nets_in_bfloat16():
    """Their draws are float32, as NumPy has no bfloat16."""
    half = net(Perceptron().bfloat16())
    points = torch.as_tensor(X).bfloat16()
    strategy = BALD(half, random_state=0).fit(points, Y)
    draws = strategy.sampler_.draw(points, 0)
    assert draws.dtype == torch.float32
    assert_allclose(draws.sum(-1), 1, rtol=1e-6)
    whole = Perceptron()
    whole.load_state_dict(strategy.estimator_.module_.state_dict())
    theirs = DropoutSampler(FrozenEstimator(net(whole).initialize()), n_draws=50)
    same = theirs.fit(X, Y).draw(points.float(), 0)
    assert abs(draws - same).max() < 0.05
    assert len(set(strategy.query(points, 3).tolist())) == 3


def test_probabilities_that_a_module_makes_in_bfloat16():
    class Probabilities(Perceptron):
        def forward(self, X):
            return torch.softmax(super().forward(X), dim=1)

    half = net(Probabilities().bfloat16(), criterion=nn.NLLLoss)
    points = torch.as_tensor(X).bfloat16()
    strategy = BALD(half, random_state=0).fit(points, Y)
    assert strategy.query(points, 3).shape == (3,)


@pytest.mark.parametrize("outputs", [0, 1])
def test_one_logit_makes_two_columns(outputs):
    y = (Y > 0).astype(np.float32)
    y = y if outputs == 0 else y[:, None]
    logits = net(module__outputs=outputs, criterion=nn.BCEWithLogitsLoss)
    strategy = BALD(logits, random_state=0).fit(X, y)
    sampler = strategy.sampler_
    draws = sampler.draw(X, 0)
    assert draws.shape == (40, 50, 2)
    assert_array_equal(strategy.classes_, [0, 1])
    own = sampler.estimator_.module_.eval()
    with torch.no_grad():
        p = torch.sigmoid(own(torch.as_tensor(X))).reshape(-1).numpy()
    assert abs(draws[..., 1].mean(1).numpy() - p).max() < 0.15
    assert strategy.query(X, 3).shape == (3,)


def test_several_labels_a_point_are_refused():
    y = np.eye(3, dtype=np.float32)[Y]
    several = DropoutSampler(net(criterion=nn.BCEWithLogitsLoss))
    with pytest.raises(ValueError, match=r"shape \(8, 2, 3\) .* one label per point"):
        several.fit(X, y)


def test_points_of_another_precision_are_named():
    strategy = BALD(net(), random_state=0)
    said = r"X is float64, but Perceptron is float32; pass X\.astype\('float32'\)"
    with pytest.raises(ValueError, match=said):
        strategy.fit(X64, Y)
    strategy.fit(X, Y)
    with pytest.raises(ValueError, match=said):
        strategy.query(X64, 3)
    with pytest.raises(ValueError, match=said):
        strategy.sampler_.embed(X64)
    with pytest.raises(ValueError, match="X is int64, but Perceptron is float32"):
        strategy.query(X64.astype(int), 3)
    with pytest.raises(ValueError, match=r"X is float64, but Perceptron is float32"):
        DropoutSampler(net(cls=NeuralNetRegressor, module__outputs=2)).fit(X64, Y2)


def test_labels_of_another_type_are_named():
    with pytest.raises(ValueError, match=r"y is int32, .*y\.astype\('int64'\)"):
        BALD(net(), random_state=0).fit(X, Y.astype(np.int32))


def test_other_errors_of_torchs_are_its_own():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        BALD(net(), random_state=0).fit(X[:, :5], Y)


def test_one_draw_cannot_disagree():
    with pytest.raises(
        ValueError, match=r"n_draws=1, but a single draw cannot .*use two"
    ):
        BALD(DropoutSampler(net(), n_draws=1), random_state=0).fit(X, Y)
    Entropy(DropoutSampler(net(), n_draws=1), random_state=0).fit(X, Y)


REMEDY = (
    r"^\w+\(\w+\): use NeuralNetClassifier\(\.\.\., criterion=torch\.nn\."
    r"CrossEntropyLoss\) if .*: draw 0 (sums to|contains) -?[\d.]+$"
)


def test_logits_under_nllloss_name_the_remedy_in_a_few_words():
    logits = net(module__outputs=10, criterion=nn.NLLLoss, max_epochs=0)
    strategy = BALD(logits, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=REMEDY) as said:
        strategy.query(X, 3)
    assert len(str(said.value)) < 350
    assert "[" not in str(said.value)  # no array


@pytest.mark.parametrize("make", [lambda net: [net, net], BootstrapSampler])
def test_logits_of_nets_in_a_committee_name_the_remedy(make):
    logits = net(module__outputs=3, criterion=nn.NLLLoss, max_epochs=0)
    with pytest.raises(ValueError, match=REMEDY):
        BALD(make(logits), random_state=0).fit(X, Y).query(X, 3)


def test_an_unknown_device_is_an_error_of_fit():
    with pytest.raises(ValueError, match="device='cudaa' is not a device for draws"):
        DropoutSampler(net(), device="cudaa").fit(X, Y)
