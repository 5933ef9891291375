"""Small GPyTorch models that tests share; importable, so that fitted nets pickle."""

import gpytorch
import torch
from gpytorch.distributions import MultivariateNormal
from skorch.probabilistic import ExactGPRegressor, GPBinaryClassifier, GPRegressor


class Exact(gpytorch.models.ExactGP):
    """An exact Gaussian process with an RBF kernel and a constant mean."""

    def __init__(self, likelihood):
        super().__init__(None, None, likelihood)
        self.mean = gpytorch.means.ConstantMean()
        self.kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel())

    def forward(self, X):
        return MultivariateNormal(self.mean(X), self.kernel(X))


class Variational(gpytorch.models.ApproximateGP):
    """A variational one, with a few inducing points."""

    def __init__(self, n_inducing=8, d=6):
        inducing = torch.linspace(-2, 2, n_inducing)[:, None] * torch.ones(d)
        q = gpytorch.variational.CholeskyVariationalDistribution(n_inducing)
        strategy = gpytorch.variational.VariationalStrategy(self, inducing, q)
        super().__init__(strategy)
        self.mean = gpytorch.means.ConstantMean()
        self.kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel())
        self.kernel.base_kernel.lengthscale = 2.0

    forward = Exact.forward


COMMON = {"verbose": 0, "max_epochs": 5, "lr": 0.1, "train_split": None}


def exact():
    return ExactGPRegressor(Exact, **COMMON)


def variational():
    return GPRegressor(Variational, criterion__num_data=30, **COMMON)


def binary():
    return GPBinaryClassifier(Variational, criterion__num_data=30, **COMMON)
