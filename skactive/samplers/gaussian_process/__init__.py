"""Samplers of Gaussian processes of scikit-learn and GPyTorch; layer 3."""

from skactive.samplers.gaussian_process._gpytorch import GPyTorchSampler
from skactive.samplers.gaussian_process._sampler import GaussianProcessSampler

__all__ = ["GPyTorchSampler", "GaussianProcessSampler"]
