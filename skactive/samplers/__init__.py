"""Samplers: fitted models from which whole functions can be drawn."""

from skactive.samplers._as_sampler import as_sampler
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._dropout import DropoutSampler
from skactive.samplers._ensemble import EnsembleSampler

__all__ = ["DropoutSampler", "EnsembleSampler", "PosteriorSampler", "as_sampler"]
