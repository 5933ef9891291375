"""Small torch modules for the tests, in a module so that fitted nets can be pickled."""

from torch import nn


class Perceptron(nn.Module):
    """Six features, 32 hidden units with dropout; one value if `outputs` is 0."""

    def __init__(self, outputs=3, p=0.5):
        super().__init__()
        self.outputs = outputs
        self.layers = nn.Sequential(
            nn.Linear(6, 32), nn.ReLU(), nn.Dropout(p), nn.Linear(32, outputs or 1)
        )

    def forward(self, X):
        output = self.layers(X)
        return output if self.outputs else output[:, 0]


class Convolution(nn.Module):
    """A net for 5 x 5 images of two channels, first or last, and three classes."""

    def __init__(self, channels_last=False):
        super().__init__()
        self.channels_last = channels_last
        self.layers = nn.Sequential(
            nn.Conv2d(2, 4, 3),
            nn.ReLU(),
            nn.Dropout2d(0.5),
            nn.Flatten(),
            nn.Linear(36, 3),
        )

    def forward(self, X):
        return self.layers(X.movedim(-1, 1) if self.channels_last else X)
