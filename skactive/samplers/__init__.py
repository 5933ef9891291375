"""Samplers: models that draw functions from their posterior; layer 3."""

from skactive.samplers._as_sampler import as_sampler
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._bootstrap import BootstrapSampler
from skactive.samplers._ensemble import EnsembleSampler
from skactive.samplers._linear import LinearSampler
from skactive.samplers._registry import register_sampler, unregister_sampler
from skactive.samplers.dropout import DropoutSampler
from skactive.samplers.gaussian_process import GaussianProcessSampler, GPyTorchSampler
from skactive.samplers.laplace import LaplaceSampler

__all__ = [
    "BootstrapSampler",
    "DropoutSampler",
    "EnsembleSampler",
    "GPyTorchSampler",
    "GaussianProcessSampler",
    "LaplaceSampler",
    "LinearSampler",
    "PosteriorSampler",
    "as_sampler",
    "register_sampler",
    "unregister_sampler",
]
