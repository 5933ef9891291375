"""A small convolutional net with dropout, for images on the command line."""

from typing import Any

__all__ = ["make_cnn"]


def make_cnn(n_classes: int, side: int) -> Any:
    """Build a net for images (n, 3, side, side); it needs the extra ``torch``.

    Parameters
    ----------
    n_classes : int
        Outputs.
    side : int
        Height and width of images, a multiple of 4.

    Returns
    -------
    skorch.NeuralNetClassifier
        Not fitted.
    """
    import skorch
    import torch

    return skorch.NeuralNetClassifier(
        small_cnn,
        module__n_classes=n_classes,
        module__side=side,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        max_epochs=50,
        batch_size=32,
        train_split=None,
        verbose=0,
    )


def small_cnn(n_classes: int, side: int) -> Any:
    """Two convolutions and two dense layers, dropout before both of these."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(32 * (side // 4) ** 2, 64),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(64, n_classes),
    )
