"""Nets of the benchmarks and their training; worker processes import them too.

Nets for few labels are trained on epochs of fixed length, whatever the number of
labels: points are drawn with replacement, so that twenty labels do not mean a single
step of the optimizer per epoch.
"""

from itertools import pairwise

import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn
from torch.utils.data import DataLoader, RandomSampler

from skactive.samplers import DropoutSampler

__all__ = ["DigitsNet", "FeaturesNet", "Halving", "MnistNet", "PhotoNet"]
__all__ += ["digits_sampler", "features_sampler", "mnist_sampler", "photo_sampler"]


class DigitsNet(nn.Sequential):
    """A small convolutional net with dropout for 8 x 8 images."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 16, 3),
            nn.Dropout(0.25),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3),
            nn.Dropout(0.25),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(128, 64),
            nn.Dropout(0.5),
            nn.ReLU(),
            nn.Linear(64, 10),
        )


class Halving(nn.Dropout):
    """Dropout with p = 1/2, whose masks are the bits of random bytes.

    It has the same distribution as ``nn.Dropout``, whose random numbers take a third of
    the time of a training step on a CPU.
    """

    def forward(self, x):
        """In training, return twice the units that are kept."""
        if not self.training:
            return x
        size = x.numel()
        byte = torch.randint(256, (size // 8 + 1,), device=x.device)
        twice = BITS.to(x.device)[byte].view(-1)[:size]
        # in the memory order of x, channels first or last
        return x * twice.as_strided(x.shape, x.stride())


BITS = 2.0 * (torch.arange(256)[:, None] >> torch.arange(8) & 1)


class MnistNet(nn.Sequential):
    """The net of the BatchBALD and ICAL papers for 28 x 28 images."""

    def __init__(self, n_classes=10):
        super().__init__(
            nn.Conv2d(1, 32, 5),
            Halving(),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(32, 64, 5),
            Halving(),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(1024, 128),
            Halving(),
            nn.ReLU(),
            nn.Linear(128, n_classes),
        )
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        """Logits; channels last is twice as fast on a CPU."""
        return super().forward(x.contiguous(memory_format=torch.channels_last))


class Residual(nn.Module):
    """Two convolutions, added to their input; He et al. 2016."""

    def __init__(self, n_in, n_out):
        super().__init__()
        stride = 1 if n_in == n_out else 2
        self.body = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.short = nn.Identity()
        if stride == 2:
            conv = nn.Conv2d(n_in, n_out, 1, stride, bias=False)
            self.short = nn.Sequential(conv, nn.BatchNorm2d(n_out))

    def forward(self, x):
        """Features, at half the resolution where there are more of them."""
        return nn.functional.relu(self.body(x) + self.short(x))


class PhotoNet(nn.Sequential):
    """ResNet-18 for 32 x 32 photographs, and two linear layers with dropout."""

    def __init__(self, width=64, n_classes=10):
        n = [width, width, 2 * width, 4 * width, 8 * width]
        stages = [(Residual(a, b), Residual(b, b)) for a, b in pairwise(n)]
        super().__init__(
            nn.Conv2d(3, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            *(block for stage in stages for block in stage),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(8 * width, 2 * width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(2 * width, n_classes),
        )


class FeaturesNet(nn.Sequential):
    """One hidden layer with dropout, for fixed features."""

    def __init__(self, n_features, n_classes=10):
        super().__init__(
            nn.Linear(n_features, 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, n_classes),
        )


def epoch_of(dataset, batch_size, length, **options):
    """Loader of `length` points drawn from the data set with replacement."""
    sampler = RandomSampler(dataset, replacement=True, num_samples=length)
    return DataLoader(dataset, batch_size=batch_size, sampler=sampler, **options)


def best_epoch(X_valid, y_valid, patience):
    """Options of a net that stops when validation accuracy no longer increases.

    It keeps the weights of the best epoch.
    """
    stopping = EarlyStopping(
        "valid_acc", patience=patience, lower_is_better=False, load_best=True
    )
    split = predefined_split(Dataset(X_valid, y_valid))
    return {"train_split": split, "callbacks": [stopping]}


FEW_LABELS = {  # epochs of 20 steps of Adam, no validation set
    "criterion": nn.CrossEntropyLoss,
    "optimizer": torch.optim.Adam,
    "batch_size": 32,
    "iterator_train": epoch_of,
    "iterator_train__length": 20 * 32,
    "train_split": None,
    "verbose": 0,
}


def digits_sampler(n_draws, device):
    """Untrained `DigitsNet` as a sampler: 200 steps of Adam, no validation set."""
    net = NeuralNetClassifier(
        DigitsNet,
        **FEW_LABELS,
        lr=3e-3,
        max_epochs=10,
        iterator_valid__batch_size=256,
        device=device,
    )
    return DropoutSampler(net, n_draws=n_draws)


def features_sampler(n_features, n_draws, epochs, device, n_classes=10):
    """Untrained `FeaturesNet` as a sampler: epochs of 20 steps of Adam."""
    net = NeuralNetClassifier(
        FeaturesNet,
        # passed as a class, so that its weights are drawn in fit, from the seed of the
        # run
        module__n_features=n_features,
        module__n_classes=n_classes,
        **FEW_LABELS,
        lr=1e-3,
        max_epochs=epochs,
        iterator_valid__batch_size=512,
        device=device,
    )
    return DropoutSampler(net, n_draws=n_draws)


def mnist_sampler(n_draws, device, X_valid, y_valid, epoch_length):
    """Untrained `MnistNet` as a sampler, trained as in the papers.

    Adam at 1e-3, up to 30 epochs, stopped after 3 without better validation accuracy;
    the best epoch is kept.
    """
    net = NeuralNetClassifier(
        MnistNet,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        max_epochs=30,
        batch_size=64,
        iterator_train=epoch_of,
        iterator_train__length=epoch_length,
        iterator_valid__batch_size=512,
        **best_epoch(X_valid, y_valid, patience=3),
        verbose=0,
        device=device,
    )
    return DropoutSampler(net, n_draws=n_draws)


def photo_sampler(n_draws, device, X_valid, y_valid, width=64):
    """Untrained `PhotoNet` as a sampler, by stochastic gradient descent.

    Learning rate 0.1, up to 60 epochs, stopped after 10 without better validation
    accuracy; the best epoch is kept.
    """
    net = NeuralNetClassifier(
        PhotoNet,
        module__width=width,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        optimizer__weight_decay=5e-4,
        lr=0.1,
        max_epochs=60,
        batch_size=128,
        iterator_train__shuffle=True,
        iterator_valid__batch_size=512,
        **best_epoch(X_valid, y_valid, patience=10),
        verbose=0,
        device=device,
    )
    return DropoutSampler(net, n_draws=n_draws)
