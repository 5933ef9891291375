"""Quality of a net's probabilities: plain, by MC dropout, and by last-layer Laplace.

A net with dropout is trained on some of the digits, and predicts the others in three
ways: with dropout switched off, by the mean of masked nets, and by the mean over last
layers from their Laplace approximation (Daxberger et al. 2021), with full or Kronecker
curvature.
The prior's precision is that under which the trained weights are most likely, or
maximises the marginal likelihood.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from _curves import panels
from _driver import Experiment
from _nearby import models
from _settings import BaseSettings, ByScale
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from skactive.datasets import load_digits_images
from skactive.metrics import expected_calibration_error, log_likelihood
from skactive.samplers import LaplaceSampler

MEASURES = ("log_likelihood", "calibration_error", "accuracy")


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Labels to train on, repetitions, draws."""

    labels: tuple[int, ...] = ByScale((40,), (50, 200, 1000), (50, 100, 200, 500, 1000))
    seeds: int = ByScale(2, 10, 20)
    draws: int = ByScale(3, 50, 100)
    epochs: int = ByScale(1, 20, 20)  # of 20 steps


def run(settings):
    """One row per number of labels, seed, and way to predict."""
    X, y = load_digits_images()
    rows = []
    for n in settings.labels:
        for seed in range(settings.seeds):
            rows += of_split(X, y, n, seed, settings)
    return pd.DataFrame(rows)


def of_split(X, y, n, seed, settings):
    """Rows of one net."""
    seed += settings.random_state
    X, X_test, y, y_test = train_test_split(
        X, y, train_size=n, stratify=y, random_state=seed
    )
    dropout = sampler_for(settings.epochs, settings.draws, seed).fit(X, y)
    frozen = FrozenEstimator(dropout.estimator_)
    ways = {"net": dropout.estimator_, "MC dropout": dropout}
    product, evidence = {"hessian": "kronecker"}, "marginal_likelihood"
    kinds = {
        "Laplace": {},
        "Laplace, product": product,
        "Laplace, marginal likelihood": {"prior_precision": evidence},
        "Laplace, product, marginal likelihood": {
            "prior_precision": evidence,
            **product,
        },
    }
    for name, options in kinds.items():
        laplace = LaplaceSampler(
            frozen, n_draws=settings.draws, random_state=seed, **options
        )
        with warnings.catch_warnings():  # about the edge of the grid
            warnings.simplefilter("ignore", UserWarning)
            ways[name] = laplace.fit(X, y)
    return [row(n, seed, name, way, X_test, y_test) for name, way in ways.items()]


def sampler_for(epochs, draws, seed):
    """MC dropout of the digits' net, trained on epochs of one length."""
    sampler = models().digits_sampler(draws, "cpu")
    return sampler.set_params(random_state=seed, estimator__max_epochs=epochs)


def row(n, seed, name, way, X, y):
    """Scores of the probabilities of one way to predict."""
    p_nc = way.predict_proba(X)
    precision = getattr(way, "prior_precision_", np.nan)
    return {
        "labels": n,
        "seed": seed,
        "predicted_by": name,
        "log_likelihood": log_likelihood(way, X, y),
        "calibration_error": float(expected_calibration_error(y, p_nc, np.arange(10))),
        "accuracy": float((p_nc.argmax(axis=1) == y).mean()),
        "prior_precision": precision,
    }


def report(frame, settings):
    """Mean and standard deviation over the seeds."""
    values = frame.groupby(["labels", "predicted_by"], sort=False)[list(MEASURES)]
    return values.agg(["mean", "std"]).to_string(float_format="{:.3f}".format)


def as_rst(frame):
    """Rows of the means as the documentation has them."""
    means = frame.groupby(["labels", "predicted_by"], sort=False)[list(MEASURES)].mean()
    return [
        f'{n}, "{way}", {likelihood:.3f}, {error:.3f}, {accuracy:.3f}'
        for (n, way), (likelihood, error, accuracy) in means.T.items()
    ]


def draw(frame, settings):
    """Both measures against the number of labels."""
    figure, axes = panels(1, 2)
    for ax, measure in zip(axes.flat, MEASURES, strict=False):
        means = frame.groupby(["predicted_by", "labels"], sort=False)[measure].mean()
        for name, of_one in means.groupby(level=0, sort=False):
            ax.plot(of_one.index.get_level_values(1), of_one, marker="o", label=name)
        ax.set(xlabel="labels", ylabel=measure.replace("_", " "))
        ax.spines[["top", "right"]].set_visible(False)
    axes.flat[0].legend(fontsize=8)
    return figure


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
