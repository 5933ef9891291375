"""Functions that can be pickled; layer 3."""

import copy

__all__ = ["PicklableFunctions"]


class PicklableFunctions:
    """Functions drawn from a posterior that can be sent to another process.

    The functions that a sampler returns are closures around copies of nets, and cannot
    be pickled. Sampler and generator state can, from which they are drawn again.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted sampler.
    rng : numpy.random.Generator
        Source of randomness; it is advanced as by ``sampler.functions(rng)``.
    """

    def __init__(self, sampler, rng):
        # fixed functions use no generator, which takes longer to copy than many a query
        self.sampler = sampler
        self.rng = copy.deepcopy(rng) if sampler.uses_rng else rng
        self._made = sampler.functions(rng)

    def __call__(self, X):
        """Evaluate all functions at the points: (n, k, c)."""
        if self._made is None:
            self._made = self.sampler.functions(copy.deepcopy(self.rng))
        return self._made(X)

    def __getstate__(self):
        """Return the state without the functions themselves."""
        return {**self.__dict__, "_made": None}
