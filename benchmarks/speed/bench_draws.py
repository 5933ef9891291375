"""Time of draws from nets, by dropout and by last layers, and of forests, in one run.

    python benchmarks/speed/bench_draws.py [--quick] [--threads 1]

Each claim is asserted: a benchmark whose claim no longer holds fails. The forms that
are compared take turns, and the least of their times counts. Of forests, CPU time with
one job and time by the clock with two are shown; nothing is claimed of either.
"""

import functools
import sys
import time
from pathlib import Path

import numpy as np
import torch
from measure import begin, command_line, least_times
from sklearn.base import is_classifier
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from skorch import NeuralNetClassifier
from torch import nn

from skactive.samplers import DropoutSampler, EnsembleSampler, LaplaceSampler

sys.path.append(str(Path(__file__).parents[1]))
from models import DigitsNet, MnistNet


def images(n, *shape):
    """Standard normal pixels."""
    return np.random.default_rng(0).normal(size=(n, *shape)).astype(np.float32)


def settle(module, X):
    """Set the statistics of batch normalisation, as training does; evaluation mode."""
    with torch.no_grad():
        module.train()(torch.as_tensor(X))
    return module.eval()


def papers_net(drop=nn.Dropout2d):
    """Net of the BatchBALD and ICAL papers, with dropout of whole channels."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 5), drop(0.5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(32, 64, 5), drop(0.5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(1024, 128), nn.Dropout(0.5), nn.ReLU()),
        nn.Linear(128, 10),
    )


def perceptron(d=20, width=64, c=5):
    """A net so small that calls cost as much as what they compute."""
    return nn.Sequential(
        *(nn.Linear(d, width), nn.ReLU(), nn.Dropout(0.5)),
        *(nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.5)),
        nn.Linear(width, c),
    )


class Residual(nn.Module):
    """Two convolutions and a shortcut: He et al. 2016, figure 2."""

    def __init__(self, before, after, stride, p):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.Dropout2d(p),
        )
        self.short = nn.Sequential()
        if before != after:
            conv = nn.Conv2d(before, after, 1, stride, bias=False)
            self.short = nn.Sequential(conv, nn.BatchNorm2d(after))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, X):
        """Output of the block."""
        return self.relu(self.branch(X) + self.short(X))


class ResNet18(nn.Sequential):
    """ResNet-18 for 32 x 32 images: dropout in its head, perhaps in its blocks."""

    def __init__(self, width=64, p_head=0.5, p_blocks=0.0, c=10):
        widths = [width * 2 ** (i // 2) for i in range(8)]
        strides = [1, 1, 2, 1, 2, 1, 2, 1]
        blocks = zip([width, *widths[:-1]], widths, strides, strict=True)
        super().__init__(
            nn.Conv2d(3, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            *(Residual(*block, p_blocks) for block in blocks),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(p_head),
            nn.Linear(8 * width, c),
        )


def samplers_of(module, X, k, batch_size):
    """Samplers of one net, thinned and masked."""
    net = NeuralNetClassifier(
        settle(module, X[:16]),
        criterion=nn.CrossEntropyLoss,
        iterator_valid__batch_size=batch_size,
        verbose=0,
    )
    frozen = FrozenEstimator(net.initialize())
    return [
        DropoutSampler(frozen, n_draws=k, thin=thin).fit(X[:2], [0, 1])
        for thin in (True, False)
    ]


def bench_net(name, module, X, k, batch_size=128, repeats=3):
    """Thinned against masked draws: how many times faster, and how different."""
    thin, masked = samplers_of(module, X, k, batch_size)
    buffers = {key: value.clone() for key, value in module.state_dict().items()}
    times, draws = least_times(
        [lambda: thin.draw(X, 0), lambda: masked.draw(X, 0)], repeats
    )
    for key, value in module.state_dict().items():
        assert torch.equal(value, buffers[key]), f"{name}: {key} has changed"
    difference = float(abs(draws[0] - draws[1]).max())
    assert difference <= 1e-5, f"{name}: draws differ by {difference}"
    ratio = times[1] / times[0]
    print(
        f"{name}, n={len(X)} k={k}, batches of {batch_size}: masked {times[1]:.2f} s, "
        f"thinned {times[0]:.2f} s: {ratio:.1f} times; difference {difference:.0e}"
    )
    for layer, how in thin.thinned_.items():
        print(f"    {layer}: {how}")
    return ratio


def bench_last_layers(name, module, X, k, batch_size=256):
    """Draws of the last layer alone against passes of the whole net under masks."""
    thin, masked = samplers_of(module, X, k, batch_size)
    frozen, y = masked.estimator, np.arange(100) % 10
    last = LaplaceSampler(frozen, n_draws=k, prior_precision=1.0).fit(X[:100], y)
    forms = [functools.partial(sampler.draw, X, 0) for sampler in (last, thin, masked)]
    (own, thinned, whole), draws = least_times(forms, repeats=2)
    assert all(p_nkc.shape == (len(X), k, 10) for p_nkc in draws)
    print(
        f"{name}, n={len(X)} k={k}, batches of {batch_size}: masked {whole:.2f} s, "
        f"thinned {thinned:.2f} s, last layers {own:.2f} s: {whole / own:.1f} times"
    )
    return whole / own


def bench_forest(name, forest, n, repeats=3):
    """One pass and a table of leaves against single trees: the same draws.

    No speed is claimed. The least possible time is that of scikit-learn's ``apply``,
    which finds the leaves and does not look up their values.
    """
    X, y = make_classification(n, 20, n_informative=10, n_classes=5, random_state=0)
    X = X.astype(np.float32)
    sampler = EnsembleSampler(forest).fit(X[:1000], y[:1000])
    forms = [
        lambda: sampler.functions(np.random.default_rng(0))(X),
        lambda: tree_by_tree(sampler.estimator_, X),
        lambda: sampler.estimator_.apply(X),
    ]
    for n_jobs, clock in (None, time.process_time), (2, time.perf_counter):
        sampler.estimator_.set_params(n_jobs=n_jobs)
        times, results = least_times(forms, repeats, clock)
        assert np.array_equal(*results[:2]), f"{name}: other draws"
        kind = "wall time, two jobs" if n_jobs else "CPU time, one job"
        print(
            f"{name}, {len(sampler.estimator_)} trees, n={n}, {kind}: tree by tree "
            f"{times[1]:.2f} s, table {times[0]:.2f} s: {times[1] / times[0]:.1f} "
            f"times; leaves alone {times[2]:.2f} s"
        )


def tree_by_tree(forest, X):
    """Draws (n, k, c) by one call per tree."""
    trees = forest.estimators_
    if is_classifier(forest):
        return np.stack([tree.predict_proba(X) for tree in trees], axis=1)
    return np.stack([tree.predict(X) for tree in trees], axis=1)[:, :, None]


def bench_mnist_nets(n, k, quick):
    """The papers' net: whole channels dropped, elements, and channels last."""
    pixels = images(n, 1, 28, 28)
    assert bench_net("MNIST net", papers_net(), pixels, k) > (2 if quick else 4)
    net = papers_net(nn.Dropout)
    # only the first convolution is shared, and the last layers are thinned: about as
    # fast
    assert bench_net("MNIST net, dropout of elements", net, pixels, k) > 0.8
    net = MnistNet()
    assert bench_net("the same, channels last", net, pixels, k) > 0.8


def bench_resnets(n, k, width, quick):
    """ResNet-18 with dropout in its head, and in its blocks too."""
    pixels = images(n, 3, 32, 32)
    ratio = bench_net("ResNet-18, head", ResNet18(width), pixels, k, 32)
    assert ratio > (0.4 if quick else 0.6) * k, "the trunk is computed more than once"
    blocks = ResNet18(width, p_blocks=0.2)
    assert bench_net("ResNet-18, blocks", blocks, pixels, k, 32) > 0.8


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    quick = begin(command_line(__doc__, "a tenth of the size"), argv).quick
    torch.manual_seed(0)
    n, k = (128, 20) if quick else (2000, 50)
    bench_mnist_nets(n, k, quick)
    assert bench_net("small perceptron", perceptron(), images(4096, 20), k) > 0.75
    some = 2000 if quick else 20_000
    pixels = images(some, 1, 8, 8)
    assert bench_last_layers("digits' net", DigitsNet(), pixels, 50) > 8
    pixels = images(n, 1, 28, 28)
    assert bench_last_layers("MNIST net", MnistNet(), pixels, k) > (10 if quick else 20)
    bench_resnets(*((32, 5, 16) if quick else (64, 20, 32)), quick)
    n = 10_000 if quick else 100_000
    bench_forest("random forest", RandomForestClassifier(100, random_state=0), n)
    trees = ExtraTreesRegressor(100, random_state=0)
    bench_forest("extra trees, regression", trees, n)


if __name__ == "__main__":
    main()
