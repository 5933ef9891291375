"""How to choose the prior precision of a last-layer Laplace approximation.

On digits (`laplace`), the marginal likelihood at the trained weights W chose priors
that were too wide, and D / |W|^2, with D the number of weights, was better. Here the
choices are compared on other data. What follows was written before anything was run.

A net with one hidden layer is trained, without a penalty, on some of the points, and
predicts 40% that are set aside. Features are standardised. Every way to predict uses
the same net:

net
    the net alone, without dropout;
MC dropout
    the mean of masked nets (classification);
marginal likelihood
    the mean over last layers, whose prior has the precision that maximises the
    marginal likelihood at W;
weights
    the same with the precision D / |W|^2, under which W is most likely;
unseen weights
    the same with (D - r + g) / |W|^2, where r is the rank of the curvature and g the
    number of weights that the labels determine, sum_i h_i / (h_i + lambda): in the
    other D - r directions the weights are what they were before training, so that they
    are a sample of the prior;
refitted evidence
    the same with the precision of the largest marginal likelihood when the last layer
    is refitted under each precision, as the approximation supposes, but with the mean W
    (classification);
refitted
    the same with the refitted last layer as the mean, which `LaplaceSampler` cannot
    have, as the net is the user's (classification);
one
    the same with the precision 1.

Rule of the decision: of the ways that keep W as the mean, the default becomes the one
with the highest log likelihood of test points, averaged over data sets and numbers of
labels, for classification and regression together if the same one is best in both,
provided that its accuracy is less than .01 below that of the net.
"""

import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from _curves import panels
from _driver import Experiment
from _nearby import models
from _refitted import refitted
from _settings import BaseSettings, ByScale
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetRegressor

from skactive.datasets import load_mnist, load_survey, load_uci
from skactive.metrics import log_likelihood
from skactive.samplers import LaplaceSampler
from skactive.samplers.laplace._prior import (
    FACTORS,
    best_precision,
    most_likely_precision,
)

CLASSES = ("heart", "glass", "ionosphere", "vehicle", "gcloudb", "spambase", "mnist")
VALUES = ("diabetes", "energy", "concrete", "kin8nm")
TEST_SIZE, MOST_TEST = 0.4, 2000
EVERY = 5  # of the grid of 81 precisions, for refits


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Data sets, labels to train on, repetitions and draws."""

    data: tuple[str, ...] = ByScale(
        ("breast_cancer", "diabetes"), (*CLASSES, *VALUES), (*CLASSES, *VALUES)
    )
    labels: tuple[int, ...] = ByScale((20,), (50, 200), (50, 200))
    seeds: int = ByScale(2, 10, 10)
    draws: int = ByScale(3, 100, 100)
    epochs: int = ByScale(1, 20, 20)  # of 20 steps


def run(settings):
    """One row per set, number of labels, seed, and way to predict."""
    rows = []
    for data in settings.data:
        X, y = load(data)
        of_split = of_values if data in VALUES else of_classes
        for n in settings.labels:
            for i in range(settings.seeds):
                seed = i + settings.random_state
                key = {"data": data, "labels": n, "seed": seed}
                parts = split(X, y, n, seed, data)
                rows += [key | found for found in of_split(*parts, settings, seed)]
            print(data, n, flush=True)
    return pd.DataFrame(rows)


def load(data):
    """Points and labels of a set; of MNIST 5,000 images by 50 principal components."""
    if data == "mnist":
        X, _, y, _ = load_mnist()
        flat = X[:5000].reshape(5000, -1)
        X = PCA(50, random_state=0).fit_transform(flat)
        return X / X.std(), y[:5000]  # one scale for all components
    bundled = {"breast_cancer": load_breast_cancer, "diabetes": load_diabetes}
    if data in bundled:
        X, y = bundled[data](return_X_y=True)
    else:
        X, y = load_uci(data) if data in VALUES else load_survey(data)
    return StandardScaler().fit_transform(X), y


def split(X, y, n, seed, data):
    """Points to train on, at most 60%, and to test on."""
    shares = {"random_state": seed, "stratify": None if data in VALUES else y}
    X, X_test, y, y_test = train_test_split(X, y, test_size=TEST_SIZE, **shares)
    if data in VALUES:
        y, y_test = (
            ((part - y.mean()) / y.std()).astype("float32")[:, None]
            for part in (y, y_test)
        )
    else:
        y, y_test = (part.astype("int64") for part in (y, y_test))
        shares["stratify"] = y
    if n < len(X):
        X, _, y, _ = train_test_split(X, y, train_size=n, **shares)
    X, X_test = X.astype("float32"), X_test.astype("float32")
    return X, y, X_test[:MOST_TEST], y_test[:MOST_TEST]


def of_classes(X, y, X_test, y_test, settings, seed):
    """Yield name and scores of each way to predict classes."""
    c = int(max(y.max(), y_test.max())) + 1
    dropout = models().features_sampler(
        X.shape[1], settings.draws, settings.epochs, "cpu", n_classes=c
    )
    dropout.set_params(random_state=seed).fit(X, y)
    net, options = dropout.estimator_, {"n_draws": settings.draws, "random_state": seed}
    phi_nd, w_dc = last_layer(net, X)
    grid = FACTORS[::-EVERY] * most_likely_precision(w_dc)
    best, refitted_dc = refitted(phi_nd, y, w_dc, grid)
    chosen = rules(net, X, y) | {"refitted evidence": best}
    ways = {"net": net, "MC dropout": dropout}
    ways |= {name: laplace(net, X, y, p, **options) for name, p in chosen.items()}
    other = with_last_layer(net, refitted_dc)
    ways["refitted"] = laplace(other, X, y, best, **options)
    for name, way in ways.items():
        hit_n = way.predict_proba(X_test).argmax(axis=1) == y_test
        likelihood = log_likelihood(way, X_test, y_test)
        yield row(name, likelihood, hit_n.mean(), way)


def of_values(X, y, X_test, y_test, settings, seed):
    """Yield name and scores of each way to predict values, with the noise of all."""
    net = regressor(X.shape[1], settings.epochs)
    torch.manual_seed(seed)
    net.fit(X, y)
    options = {"n_draws": settings.draws, "random_state": seed}
    chosen = rules(net, X, y)
    ways = {name: laplace(net, X, y, p, **options) for name, p in chosen.items()}
    (noise,) = ways["one"].noise_
    draws = {name: way.draw(X_test, 0).numpy()[..., 0] for name, way in ways.items()}
    for name, f_nk in {"net": net.predict(X_test), **draws}.items():
        # the density is the mean over draws, each with the noise
        terms_nk = norm.logpdf(y_test, f_nk.astype(float), noise**0.5)
        density_n = logsumexp(terms_nk, axis=1) - np.log(f_nk.shape[1])
        rmse = ((f_nk.mean(axis=1) - y_test[:, 0]) ** 2).mean() ** 0.5
        yield row(name, density_n.mean(), -rmse, ways.get(name))


def row(name, likelihood, score, way):
    """Scores of one way to predict: accuracy, or minus the RMSE."""
    return {
        "predicted_by": name,
        "log_likelihood": float(likelihood),
        "score": float(score),
        "prior_precision": getattr(way, "prior_precision_", np.nan),
    }


def regressor(n_features, epochs):
    """A net of one hidden layer, trained like those of classes, without dropout."""
    few = models().FEW_LABELS | {"criterion": torch.nn.MSELoss}
    module = torch.nn.Sequential(
        torch.nn.Linear(n_features, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1)
    )
    return NeuralNetRegressor(module, **few, lr=1e-3, max_epochs=epochs)


def rules(net, X, y):
    """Precision of the prior by each rule that keeps the trained net."""
    _, w_dc = last_layer(net, X)
    eigenvalues = laplace(net, X, y, 1.0)._curvature.eigenvalues
    return {
        "marginal likelihood": best_precision(eigenvalues, w_dc)[0],
        "weights": most_likely_precision(w_dc),
        "unseen weights": of_unseen(eigenvalues, w_dc),
        "one": 1.0,
    }


def laplace(net, X, y, precision, **options):
    """A fitted sampler of the trained net."""
    frozen = FrozenEstimator(net)
    return LaplaceSampler(frozen, prior_precision=precision, **options).fit(X, y)


def of_unseen(eigenvalues, w_dc):
    """(D - r + g) / |W|^2 by fixed point, where g depends on the precision."""
    squared = float((w_dc**2).sum())
    seen = eigenvalues[eigenvalues > 1e-10 * eigenvalues.max(initial=0.0)]
    precision = w_dc.size / squared
    for _ in range(1000):
        g = float((seen / (seen + precision)).sum())
        precision = (w_dc.size - len(seen) + g) / squared
    return precision


def last_layer(net, X):
    """Input of the last layer, (n, d), and its weights, (d, c), with the bias last."""
    *layers, last = net.module_.eval()
    with torch.no_grad():
        phi_nd = torch.nn.Sequential(*layers)(torch.as_tensor(X)).double().numpy()
    w_dc = torch.vstack([last.weight.T, last.bias]).detach().double().numpy()
    return np.column_stack([phi_nd, np.ones(len(phi_nd))]), w_dc


def with_last_layer(net, w_dc):
    """A copy of a net with another last layer."""
    other = copy.deepcopy(net)
    w_dc = torch.as_tensor(w_dc, dtype=torch.float32)
    with torch.no_grad():
        other.module_[-1].weight.copy_(w_dc[:-1].T)
        other.module_[-1].bias.copy_(w_dc[-1])
    return other


def means(frame):
    """Mean scores over seeds: a row per set and number of labels, a column per way."""
    measures = ["log_likelihood", "score", "prior_precision"]
    by_seed = frame.groupby(["data", "labels", "predicted_by"], sort=False)[measures]
    return by_seed.mean().unstack("predicted_by")


def report(frame, settings):
    """Mean scores over seeds, and their means over sets and numbers of labels."""
    text = []
    for of_task in (frame[~is_value(frame)], frame[is_value(frame)]):
        if len(of_task):
            found = means(of_task)
            found.loc[("mean", ""), :] = found.mean()
            text += [found[m].round(3).to_string() for m in found.columns.levels[0]]
    return "\n\n".join(text)


SHOWN = ("net", "MC dropout", "weights", "marginal likelihood", "refitted evidence")


def as_rst(frame):
    """Rows of mean log likelihoods as the documentation has them, and their mean."""
    found = means(frame)["log_likelihood"]
    shown = [name for name in SHOWN if name in found and found[name].notna().all()]
    found = found[shown]
    found.loc[("mean", ""), :] = found.mean()
    return [
        ", ".join([f"{data}", f"{n}", *(f"{value:.3f}" for value in row)])
        for (data, n), row in zip(found.index, found.to_numpy(), strict=True)
    ]


def is_value(frame):
    """Which rows are of regression."""
    return frame["data"].isin(VALUES)


def draw(frame, settings):
    """Log likelihood minus that of the net alone, by set and number of labels."""
    figure, axes = panels(1, 2, (5.0, 3.6))
    tasks = frame[~is_value(frame)], frame[is_value(frame)]
    for ax, of_task in zip(axes.flat, tasks, strict=True):
        found = means(of_task)["log_likelihood"]
        found = found.sub(found["net"], axis=0).drop(columns="net")
        for place, name in enumerate(found):
            ax.plot(found[name], [place] * len(found), "o", alpha=0.5)
        ax.set_yticks(range(len(found.columns)), found.columns)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set(xlabel="log likelihood minus that of the net", xscale="symlog")
        ax.spines[["top", "right"]].set_visible(False)
    return figure


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
