"""
Images with a convolutional net
===============================

A skorch net can be used in place of a scikit-learn model. Its dropout layers provide
posterior samples: each draw is the net with one fixed dropout mask, which is the same
for all images.
"""

# %%
# Data and net
# ------------
# The data are images of digits with 8 x 8 pixels, as a float32 array of shape
# (n, 1, 8, 8).

import numpy as np
import torch
from skorch import NeuralNetClassifier
from torch import nn

from skactive.datasets import load_digits_images

images, labels = load_digits_images()
images.shape, images.dtype

# %%
module = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.Dropout2d(0.25),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(256, 64),
    nn.Dropout(0.5),
    nn.ReLU(),
    nn.Linear(64, 10),
)
net = NeuralNetClassifier(
    module,
    criterion=nn.CrossEntropyLoss,  # of logits; skorch adds the softmax
    optimizer=torch.optim.Adam,
    lr=0.003,
    max_epochs=30,
    batch_size=32,
    train_split=None,
    verbose=0,
)

# %%
# Query
# -----
# ``UncertaintyHerding`` selects images that represent many others on which the net is
# uncertain. It uses the input of the last layer as features.

import matplotlib.pyplot as plt

from skactive import UncertaintyHerding
from skactive.samplers import DropoutSampler

labelled, pool, test = np.arange(30), np.arange(30, 1000), np.arange(1000, 1797)
strategy = UncertaintyHerding(DropoutSampler(net, n_draws=30), random_state=0)
strategy.fit(images[labelled], labels[labelled])
picks = strategy.query(images[pool], n=10)

figure, axes = plt.subplots(1, 10, figsize=(10, 1.4))
for ax, row in zip(axes, pool[picks], strict=True):
    ax.imshow(images[row, 0], cmap="gray_r")
    ax.set_title(f"is {labels[row]}")
    ax.axis("off")

# %%
# Active learning loop
# --------------------
# In each round, the net is trained, images are queried, and their labels are added. The
# strategy predicts with the net that it has trained.

from skactive import RandomSampling


def learn(strategy, rounds=6):
    """Accuracy on the test images before each query."""
    labelled, pool, found = np.arange(30), np.arange(30, 1000), []
    for _ in range(rounds):
        strategy.fit(images[labelled], labels[labelled])
        found.append(strategy.score(images[test], labels[test]))
        picks = strategy.query(images[pool], n=10)
        labelled, pool = np.append(labelled, pool[picks]), np.delete(pool, picks)
    return found


n_labels = 30 + 10 * np.arange(6)
for name, strategy in {
    "UncertaintyHerding": UncertaintyHerding(net, random_state=0),
    "random": RandomSampling(net, random_state=0),
}.items():
    plt.plot(n_labels, learn(strategy), label=name)
plt.xlabel("labels")
plt.ylabel("test accuracy")
plt.legend()

# %%
# A single run shows how to use a strategy, but not how good it is. For that, compare
# strategies over many splits as in :doc:`plot_05_choose_a_strategy`.
