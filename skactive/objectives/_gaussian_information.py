"""Mutual information between noisy values and a Gaussian model; layer 2.

With F_B the centred draws of the batch divided by sqrt(k), and noise of variance s2,

    I(y_B; model) = 1/2 log det(I + F_B' F_B / s2).

Computations are in the k-dimensional space of the draws: the state is one k x k matrix,
``(I + F_B F_B' / s2)^-1``, which is updated by each pick.
"""

from collections.abc import Callable

from skactive._utils.array import Array, device, namespace
from skactive._utils.lazy import LazyArray, map_chunks
from skactive.information._draws import deviations, of_draws
from skactive.selection import DivisibleSetFunction

__all__ = [
    "GaussianInformation",
    "centered_draws",
    "covariance",
    "mean_variance",
    "value_noise",
]


def centered_draws(f_nkc: Array) -> Array:
    """Centre draws (n, k, c), divide by sqrt(k) and transpose: (n, c, k), float64.

    Parameters
    ----------
    f_nkc : array of shape (n, k, c)
        Draws of values.

    Returns
    -------
    array of shape (n, c, k)
        Centred draws; inner products over the last axis are covariances.
    """
    return of_draws(_centered, f_nkc)


def _centered(f_nkc):
    xp, (n, k, c) = namespace(f_nkc), f_nkc.shape
    *_, away_nkc = deviations(f_nkc)
    away_nkc /= k**0.5
    # via two dimensions, which makes the draws of an output contiguous in memory
    away_fk = xp.reshape(xp.permute_dims(away_nkc, (0, 2, 1)), (-1, k))
    return xp.reshape(away_fk, (n, c, k))


def value_noise(
    noise: float | str, mean_variance: Callable[[], float], share: float = 0.1
) -> float:
    """Return the variance of the noise, estimated from the draws if "auto".

    Parameters
    ----------
    noise : float or "auto"
        Parameter of the strategy.
    mean_variance : callable
        ``mean_variance()`` returns the variance of the draws averaged over points and
        outputs; only called if `noise` is "auto".
    share : float, default=0.1
        Factor of the mean variance if `noise` is "auto".

    Returns
    -------
    float
        Positive variance; 1 if all draws agree, in which case all gains are 0.
    """
    if noise != "auto":
        return float(noise)
    return share * float(mean_variance()) or 1.0


def mean_variance(f_nck: Array | LazyArray) -> float:
    """Compute the variance of the draws, averaged over points and outputs.

    Parameters
    ----------
    f_nck : array or LazyArray of shape (n, c, k)
        Draws from `centered_draws`.

    Returns
    -------
    float
        The mean variance.
    """
    variance_nc = map_chunks(lambda f: namespace(f).vecdot(f, f), f_nck)
    return float(namespace(variance_nc).mean(variance_nc))


class GaussianInformation(DivisibleSetFunction):
    """Mutual information between the values of a batch and the model, in nats.

    Parameters
    ----------
    f_nck : array or LazyArray of shape (n, c, k)
        Draws from `centered_draws`.
    noise : float
        Positive variance of the observation noise.
    """

    diminishing = True

    def __init__(self, f_nck, noise):
        self.f_nck = f_nck
        self.noise = noise

    def start(self):
        """Return the state of the empty batch: the identity matrix."""
        like = self.f_nck[:1]
        xp, k = namespace(like), like.shape[-1]
        return xp.eye(k, dtype=like.dtype, device=device(like))

    def gains(self, state, rows=None):
        """Compute ``1/2 log det(I + V / s2)``, V the covariance given the batch."""

        def information(f_mck):
            xp, ratio_mcc = namespace(f_mck), covariance(f_mck, state) / self.noise
            # log1p of eigenvalues is accurate for small variances, unlike log det;
            # rounding may make eigenvalues slightly negative
            lambda_mc = xp.clip(xp.linalg.eigvalsh(ratio_mcc), min=0.0)
            return xp.sum(xp.log1p(lambda_mc), axis=-1) / 2

        return map_chunks(information, self.f_nck, rows)

    def message(self, i):
        """Return what a state needs to know about point `i`: its draws (c, k)."""
        return self.f_nck[i]

    def receive(self, state, f_ck):
        """Return the state after adding a point with these draws to the batch."""
        xp, c = namespace(state), f_ck.shape[0]
        known_kc = state @ f_ck.T
        noise_cc = self.noise * xp.eye(c, dtype=state.dtype, device=device(state))
        # conditioning a Gaussian: A - A F' (F A F' + s2 I)^-1 F A
        return state - known_kc @ xp.linalg.solve(
            f_ck @ known_kc + noise_cc, known_kc.T
        )


def covariance(f_nck: Array, state: Array) -> Array:
    """Compute the covariance of the outputs of each point, given a batch.

    Parameters
    ----------
    f_nck : array of shape (n, c, k)
        Draws from `centered_draws`.
    state : array of shape (k, k)
        State A of `GaussianInformation`.

    Returns
    -------
    array of shape (n, c, c)
        ``F A F'``.
    """
    xp, shape = namespace(f_nck), f_nck.shape
    known_nck = xp.reshape(xp.reshape(f_nck, (-1, shape[-1])) @ state, shape)
    return xp.matmul(known_nck, xp.permute_dims(f_nck, (0, 2, 1)))
