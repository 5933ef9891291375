"""Whether a net has dropout, found out before it is trained."""

import pytest

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier  # noqa: E402
from torch import nn  # noqa: E402

from skactive.samplers.dropout._has_dropout import has_dropout  # noqa: E402
from tests.nets import Perceptron  # noqa: E402


class Broken(nn.Module):
    def __init__(self):
        raise ValueError("not yet")


@pytest.mark.parametrize(
    ("module", "params", "expected"),
    [
        (Perceptron, {}, True),
        (Perceptron, {"module__p": 0.0}, False),
        (Perceptron(), {}, True),
        (Perceptron(p=0.0), {}, False),
        (Perceptron(p=0.0), {"module__p": 0.1}, True),
        (nn.LSTM(2, 2, num_layers=2, dropout=0.1), {}, True),
        (nn.LSTM(2, 2, num_layers=2), {}, False),
        (nn.MultiheadAttention(2, 1, dropout=0.1), {}, True),
        (nn.MultiheadAttention(2, 1), {}, False),
        (nn.Linear, {}, True),  # of as many features as data will have
        (Broken, {}, True),
    ],
)
def test_before_it_is_initialized(module, params, expected):
    assert has_dropout(NeuralNetClassifier(module, **params)) is expected


def test_once_it_is():
    assert has_dropout(NeuralNetClassifier(Perceptron).initialize())
    still = NeuralNetClassifier(Perceptron, module__p=0.0).initialize()
    still.module = None  # what is made counts, not what it was made from
    assert not has_dropout(still)


def test_nothing_changes():
    torch.manual_seed(3)
    before, net = torch.get_rng_state(), NeuralNetClassifier(Perceptron)
    has_dropout(net)
    assert torch.equal(torch.get_rng_state(), before)
    assert not hasattr(net, "module_")
