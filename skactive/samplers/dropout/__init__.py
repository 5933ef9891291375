"""MC dropout on skorch nets; layer 3."""

from skactive.samplers.dropout._sampler import DropoutSampler

__all__ = ["DropoutSampler"]
