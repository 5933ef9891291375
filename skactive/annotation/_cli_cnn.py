"""Small convolutional net with dropout for images; the command line's CNN."""

from typing import Any

__all__ = ["make_cnn"]


def make_cnn(n_classes: int, side: int) -> Any:
    """Make a CNN for images (n, 3, side, side); requires the extra ``torch``.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    side : int
        Height and width of the images, a multiple of 4.

    Returns
    -------
    skorch.NeuralNetClassifier
        The net, not fitted.
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
    """Two convolutional and two dense layers, with dropout before the dense ones."""
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
