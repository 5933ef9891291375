"""Functions that travel: made anew where they arrive; layer 3."""

import copy

__all__ = ["PicklableFunctions"]


class PicklableFunctions:
    """Functions drawn from a posterior, as the sampler and the chance they come from.

    A sampler's functions are closures, which cannot be pickled, around copies of nets
    for the threads of this process; the sampler and the state of a generator can.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted.
    rng : numpy.random.Generator
        Source of chance; it goes on as after ``sampler.functions(rng)``.
    """

    def __init__(self, sampler, rng):
        self.sampler, self.rng = sampler, copy.deepcopy(rng)
        self._made = sampler.functions(rng)

    def __call__(self, X):
        """Evaluate all functions: (n, k, c)."""
        if self._made is None:
            self._made = self.sampler.functions(copy.deepcopy(self.rng))
        return self._made(X)

    def __getstate__(self):
        """All but the functions themselves."""
        return {**self.__dict__, "_made": None}
