"""Dropout masks and noise that are fixed for each draw; layer 3.

torch is not imported here; the layers and tensors that are passed come from it.
"""

import collections

import numpy as np

from skactive._utils.array import carry, namespace, to_numpy

__all__ = ["Masks", "is_noisy"]

# value that AlphaDropout gives dropped units: the negative saturation of SELU
ALPHA = -1.7580993408473766
MAX_NOISE_BYTES = 256 * 2**20


class Masks:
    """Masks, or noise, for each draw and call of a layer, made when first needed.

    `draw` is the current draw. It may be a range of draws, which `torch.vmap` computes
    in one pass; `number` is then the index within the range, as vmap passes it.
    """

    def __init__(self, seed, names):
        self.seed = seed
        self.place = {name: place for place, name in enumerate(names)}
        self.draw, self.number = 0, None
        self.calls = collections.Counter()
        self.made = {}
        self.indices = {}
        self.noise_bytes = 0

    def hook(self, name):
        """Make a forward hook that applies the draw's mask or noise to a layer."""

        def apply(layer, args, output):
            if is_noisy(layer):
                noise = self._noise(name, self.calls[name], layer, output)
                self.calls[name] += 1
                return layer.with_noise(args[0], noise)
            kept = self.kept(name, self.calls[name], layer, output.shape, output)
            self.calls[name] += 1
            return _masked(layer, output, kept)

        return apply

    def kept(self, name, call, layer, shape, like):
        """Mask of the current draw for a call of a layer.

        Parameters
        ----------
        name : str
            Name of the layer.
        call : int
            Number of previous calls of the layer in this draw.
        layer : torch.nn.Module
            The dropout layer.
        shape : tuple
            Shape of its input, with points along the first axis.
        like : tensor
            A tensor on the device where the mask is needed.

        Returns
        -------
        tensor of bool
            True where a unit or channel is kept; without an axis for the points.
        """
        key = (self.place[name], call, self.draw)
        elementwise = _is_a(layer, "Dropout", "AlphaDropout")
        shape = tuple(shape)
        shape = shape[1:] if elementwise else shape[1:2] + (1,) * (len(shape) - 2)
        if key not in self.made:
            chance = self._by_draw(key, lambda rng: rng.random(shape, dtype=np.float32))
            self.made[key] = carry(chance >= layer.p, like)
        mask = self._present(self.made[key])
        if mask.shape != shape:
            raise ValueError(
                f"a dropout layer got inputs of shapes {tuple(mask.shape)} and "
                f"{shape} in the same call, so a draw would not be one function; pad "
                "the inputs to the same size, with points along the first axis "
                "(batch_first=True)"
            )
        return mask

    def _noise(self, name, call, layer, like):
        """Standard normal noise of the current draw for a call of a layer."""
        key = (self.place[name], call, self.draw)
        if key in self.made:
            return self._present(self.made[key])
        normal = self._by_draw(
            key, lambda rng: rng.standard_normal(layer.noise_shape, dtype=np.float32)
        )
        noise = carry(normal, like)
        noise = namespace(like).astype(noise, like.dtype)
        if self.noise_bytes + noise.nbytes <= MAX_NOISE_BYTES:  # others are recomputed
            self.noise_bytes += noise.nbytes
            self.made[key] = noise
        return self._present(noise)

    def _by_draw(self, key, make):
        """Call `make` with the generator of a draw, or of each draw in a range."""
        place, call, draw = key
        several = isinstance(draw, range)
        draws = draw if several else [draw]
        # a generator per draw: masks must not depend on chunks, threads, or on how many
        # draws a pass computes
        made = [make(np.random.default_rng([self.seed, place, call, d])) for d in draws]
        return np.stack(made) if several else made[0]

    def _present(self, made):
        if not isinstance(self.draw, range):
            return made
        return made.index_select(0, self.number.to(made.device).reshape(1))[0]

    def index(self, name, call, layer, shape, like):
        """Sorted indices of the units or channels that are kept, on the host."""
        key = (self.place[name], call, self.draw)
        kept = self.kept(name, call, layer, shape, like)
        if key not in self.indices:
            self.indices[key] = np.flatnonzero(to_numpy(kept))
        return self.indices[key]


def is_noisy(layer):
    """Whether a layer samples its weights, such as `skactive.nn.VariationalDropout`."""
    return hasattr(type(layer), "with_noise")


def _is_a(layer, *names):
    """Whether a class with one of these names is among the bases of a layer."""
    return not {cls.__name__ for cls in type(layer).__mro__}.isdisjoint(names)


def _masked(layer, x, kept):
    """Output of a dropout layer in training mode, with a given mask."""
    p = layer.p
    if p == 1:
        return x * kept
    if not _is_a(layer, "AlphaDropout", "FeatureAlphaDropout"):
        return x * (kept.to(x.dtype) / (1 - p))  # scaling the mask saves a pass over x
    # preserves mean and variance of SELU units: Klambauer et al. 2017, section 3
    scale = (1 - p) ** -0.5 * (1 + p * ALPHA**2) ** -0.5
    return scale * (x.masked_fill(~kept, ALPHA) - ALPHA * p)
