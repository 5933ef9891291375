import numpy as np
import pytest

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier  # noqa: E402
from torch import nn  # noqa: E402

from skactive import BALD, Entropy  # noqa: E402
from tests.nets import Perceptron  # noqa: E402
from tests.zoo import data  # noqa: E402

X64, Y, _ = data()
X = X64.astype(np.float32)


def net(module, **params):
    common = {"verbose": 0, "max_epochs": 1, "train_split": None, "batch_size": 16}
    return NeuralNetClassifier(
        module, criterion=nn.CrossEntropyLoss, **{**common, **params}
    )


class Normalising(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(6, 8), nn.BatchNorm1d(8, track_running_stats=False)),
            *(nn.ReLU(), nn.Dropout(p), nn.Linear(8, 3)),
        )

    def forward(self, X):
        return self.layers(X)


class Centring(Perceptron):
    def forward(self, X):
        return super().forward(X - X.mean(0))


class ByTheLargest(Perceptron):
    def forward(self, X):
        return super().forward(X / X.abs().max())


class Squeezing(Perceptron):
    """Drops the first axis of a batch of one point."""

    def forward(self, X):
        return super().forward(X.squeeze()).softmax(1)


@pytest.mark.parametrize("p", [0.5, 0.0])
@pytest.mark.parametrize("module", [Normalising, Centring, ByTheLargest])
def test_points_that_look_at_each_other_are_refused(module, p):
    """With dropout or without: predictions would depend on how the pool is cut."""
    largest = np.concatenate([9 * X[:1], X])
    labels = np.concatenate([Y[:1], Y])
    for points, y in ((X, Y), (largest, labels)):
        strategy = (BALD if p else Entropy)(net(module, module__p=p), random_state=0)
        with pytest.raises(ValueError, match=rf"{module.__name__} .*axis 0"):
            strategy.fit(points, y)


def test_equal_points_at_the_top_hide_nothing():
    equal = np.concatenate([X[:1], X[:1], X])
    with pytest.raises(ValueError, match="output of Centring at a point depends on"):
        BALD(net(Centring), random_state=0).fit(equal, np.concatenate([Y[[0, 0]], Y]))


def test_a_net_that_takes_no_point_alone_is_refused():
    with pytest.raises(ValueError, match="Squeezing fails for a single point"):
        BALD(net(Squeezing), random_state=0).fit(X, Y)


def test_batches_of_one_point():
    single = net(Centring, iterator_valid__batch_size=1, max_epochs=0)
    assert BALD(single, random_state=0).fit(X, Y).query(X, 2).shape == (2,)
