"""Drawing functions and evaluating them: time and memory, a class per kind of model."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.naive_bayes import GaussianNB

from asv_benchmarks.common import N_FEATURES, labelled, points
from skactive.samplers import BootstrapSampler, GaussianProcessSampler, as_sampler


class Draws(ABC):
    """Draws of a model fitted before: 50, at 2,000 points."""

    n = 2000

    @abstractmethod
    def model(self, *params):
        """Make the model."""

    def setup(self, *params):
        """Fit the model."""
        self.sampler = as_sampler(self.model(*params))
        self.sampler.fit(*self.data())
        self.pool = self.points(self.n)

    def time_draw(self, *params):
        """Draw functions and evaluate them at the pool."""
        self.sampler.draw(self.pool, rng=0)

    def peakmem_draw(self, *params):
        """Hold the draws."""
        self.sampler.draw(self.pool, rng=0)

    def data(self):
        """Labelled points of five classes."""
        return labelled("classification", 5)

    points = staticmethod(points)


class Forests(Draws):
    """Trees, all at once."""

    def model(self):
        """Make the model."""
        return RandomForestClassifier(50, min_samples_leaf=2, random_state=0)


class Bags(Draws):
    """Members, one after another."""

    def model(self):
        """Make the model."""
        return BaggingClassifier(GaussianNB(), 50, max_features=0.5, random_state=0)


class Bootstraps(Draws):
    """Refits."""

    def model(self):
        """Make the model."""
        return BootstrapSampler(GaussianNB(), random_state=0)


class Linear(Draws):
    """Weights."""

    params = ["BayesianRidge", "LogisticRegression"]
    param_names = ["model"]

    def model(self, name):
        """Make the model."""
        self.name = name
        return {"BayesianRidge": BayesianRidge, "LogisticRegression": _logistic}[name]()

    def data(self):
        """Labelled points."""
        bayesian = self.name == "BayesianRidge"
        return labelled("regression", 1) if bayesian else labelled("classification", 5)


def _logistic():
    return LogisticRegression(C=10)


class Processes(Draws):
    """Gaussian processes, exact and by random Fourier sums."""

    params = ["exact", "pathwise", "classifier"]
    param_names = ["method"]

    def model(self, method):
        """Make the model."""
        self.method = method
        if method == "classifier":
            return GaussianProcessClassifier(optimizer=None)
        gp = GaussianProcessRegressor(alpha=0.1, optimizer=None)
        return GaussianProcessSampler(gp, method=method)

    def data(self):
        """Labelled points."""
        if self.method == "classifier":
            return labelled("classification", 2)
        return labelled("regression", 1)


class Nets(Draws):
    """MC dropout."""

    def model(self):
        """Make the net, where torch and skorch are installed."""
        try:
            from skorch import NeuralNetClassifier
            from torch import nn
        except ModuleNotFoundError as error:
            # tells airspeed velocity that the benchmark does not apply
            raise NotImplementedError("torch or skorch is not installed") from error
        module = nn.Sequential(
            *(nn.Linear(N_FEATURES, 64), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5)),
            nn.Linear(64, 5),
        )
        return NeuralNetClassifier(
            module,
            criterion=nn.CrossEntropyLoss,
            train_split=None,
            verbose=0,
            max_epochs=2,
        )

    def data(self):
        """Labelled points, in float32."""
        X, y = super().data()
        return X.astype(np.float32), y

    @staticmethod
    def points(n):
        """Points in float32."""
        return points(n).astype(np.float32)
