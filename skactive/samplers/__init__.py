"""Samplers: fitted models from which whole functions can be drawn."""

from skactive.samplers._as_sampler import as_sampler
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._bootstrap import BootstrapSampler
from skactive.samplers._dropout import DropoutSampler
from skactive.samplers._ensemble import EnsembleSampler
from skactive.samplers._gaussian_process import GaussianProcessSampler
from skactive.samplers._gpytorch import GPyTorchSampler
from skactive.samplers._linear import LinearSampler

__all__ = [
    "BootstrapSampler",
    "DropoutSampler",
    "EnsembleSampler",
    "GPyTorchSampler",
    "GaussianProcessSampler",
    "LinearSampler",
    "PosteriorSampler",
    "as_sampler",
]
