"""Last-layer Laplace approximation of skorch nets; layer 3."""

from skactive.samplers.laplace._sampler import LaplaceSampler

__all__ = ["LaplaceSampler"]
