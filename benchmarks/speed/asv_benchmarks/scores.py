"""Scores of single points: time and memory, a class per module."""

from abc import ABC, abstractmethod

import numpy as np

from asv_benchmarks.common import RandomFunctions, points
from skactive import beta_information, information
from skactive.kernels import dhsic, rational_quadratic


class Scores(ABC):
    """Functions of 50 draws of ten classes at 2,000 points."""

    param_names = ["function"]

    @property
    @abstractmethod
    def module(self):
        """Module of the functions."""

    def setup(self, function):
        """Draw."""
        self.function = getattr(self.module, function)
        model = RandomFunctions("classification", 50, 10)
        self.p_nkc = model.draw(points(2000), np.random.default_rng(0))

    def time_score(self, function):
        """Score the points."""
        self.function(self.p_nkc)

    def peakmem_score(self, function):
        """Hold what scoring needs."""
        self.function(self.p_nkc)


class Information(Scores):
    """Entropies."""

    module = information
    params = ["conditional_entropy", "mutual_information", "variance"]


class BetaInformation(Scores):
    """Entropies of Beta distributions."""

    module = beta_information
    params = [
        "balanced_entropy",
        "beta_information_gain",
        "beta_mutual_information",
        "dirichlet_mutual_information",
        "expected_effective_loss",
    ]


class Kernels:
    """Dependence of 100 values on one, by their draws."""

    def setup(self):
        """Make kernels of the draws."""
        f_nk = np.random.default_rng(0).normal(size=(100, 50))
        self.f_nk = f_nk
        self.kernels_nkk = rational_quadratic((f_nk[:, :, None] - f_nk[:, None]) ** 2)

    def time_rational_quadratic(self):
        """Kernels between draws, point by point."""
        rational_quadratic((self.f_nk[:, :, None] - self.f_nk[:, None]) ** 2)

    def time_dhsic(self):
        """Dependence of every value on the first."""
        dhsic(self.kernels_nkk[0], self.kernels_nkk)
