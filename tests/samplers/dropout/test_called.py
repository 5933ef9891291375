"""Dropout by functions of torch is found, and that of layers is not taken for it."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("skorch")

from skorch import NeuralNetClassifier  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from skactive import BALD, Entropy  # noqa: E402
from skactive.samplers import DropoutSampler, LaplaceSampler  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 6)).astype("float32")
Y = np.arange(20) % 3


class Net(nn.Module):
    """Two linear layers, and whatever `drop(self, h)` does between them."""

    def __init__(self, drop, layer=None):
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)
        self.drop, self.layer = drop, layer

    def forward(self, X):
        return self.last(self.drop(self, torch.relu(self.first(X))))


def attention(net, h):
    h = h[:, None]
    rate = 0.1 if net.training else 0.0
    return F.scaled_dot_product_attention(h, h, h, dropout_p=rate)[:, 0]


CALLS = {
    "dropout": lambda net, h: F.dropout(h, training=net.training),
    "torch.dropout": lambda net, h: torch.dropout(h, 0.5, net.training),
    "by place": lambda net, h: F.dropout(h, 0.5, net.training),
    "alpha_dropout": lambda net, h: F.alpha_dropout(h, 0.5, net.training),
    "dropout2d": lambda net, h: F.dropout2d(
        h[:, :, None, None], 0.5, net.training
    ).flatten(1),
    "attention": attention,
}


class OwnDropout(nn.Dropout):
    """A layer that is drawn as any other dropout layer."""

    def forward(self, input):
        return F.dropout(input, self.p, self.training)


class OwnNorm(nn.BatchNorm1d):
    """A layer that needs several points in training mode."""

    def forward(self, input):
        return super().forward(input)


LAYERS = {
    "Dropout": nn.Dropout(0.5),
    "own Dropout": OwnDropout(0.5),
    "norm": nn.Sequential(OwnNorm(8), nn.Dropout(0.5)),
    "encoder": nn.TransformerEncoderLayer(8, 2, 16, 0.1, batch_first=True),
}


def net(drop, layer=None):
    module = Net(drop, layer)
    loss = nn.CrossEntropyLoss
    return NeuralNetClassifier(
        module, criterion=loss, max_epochs=1, train_split=None, verbose=0
    )


def applied(net, h):
    """Apply the layer; an encoder needs an axis of a sequence."""
    encoder = isinstance(net.layer, nn.TransformerEncoderLayer)
    return net.layer(h[:, None])[:, 0] if encoder else net.layer(h)


@pytest.mark.parametrize("name", CALLS)
def test_dropout_by_a_function_is_not_left_out_silently(name):
    with pytest.warns(UserWarning, match=r"leaves out dropout: Net .* use nn.Dropout"):
        BALD(net(CALLS[name]), random_state=0).fit(X, Y)


@pytest.mark.parametrize("name", CALLS)
def test_dropout_by_a_function_beside_a_layer_is_refused(name):
    def both(net, h):
        return net.layer(CALLS[name](net, h))

    with pytest.raises(ValueError, match=r"Net drops units by .*, a function"):
        DropoutSampler(net(both, nn.Dropout(0.5))).fit(X, Y)


@pytest.mark.parametrize(("rate", "training"), [(0.0, True), (0.5, False)])
def test_dropout_that_drops_nothing(rate, training):
    def drop(net, h):
        return F.dropout(h, rate, training and net.training)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LaplaceSampler(net(drop), prior_precision=1.0).fit(X, Y)


@pytest.mark.parametrize("name", LAYERS)
def test_dropout_of_layers_is_drawn(name):
    sampler = DropoutSampler(net(applied, LAYERS[name]), n_draws=3).fit(X, Y)
    draws = np.asarray(sampler.draw(X, rng=0))
    assert (np.ptp(draws, axis=1) > 0).any()


def test_one_labelled_point():
    with pytest.warns(UserWarning, match="leaves out dropout"):
        BALD(net(CALLS["dropout"]), random_state=0).fit(X[:1], Y[:1])


def test_a_mean_needs_no_dropout():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Entropy(net(CALLS["dropout"]), random_state=0).fit(X, Y).query(X, 2)
