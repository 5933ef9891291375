"""Information that noisy values of a batch give about a Gaussian model; layer 2.

With F_B the centred draws of the batch over sqrt(k), and noise s2 on each value,

    I(y_B; model) = 1/2 log det(I + F_B' F_B / s2),

worked in the k-dimensional space of the draws: what the batch leaves unknown there is
one k x k matrix, ``(I + F_B F_B' / s2)^-1``, updated by each pick.
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
    """Draws (n, k, c) minus their mean, over sqrt(k), as (n, c, k) in float64.

    Parameters
    ----------
    f_nkc : array of shape (n, k, c)
        Draws of values.

    Returns
    -------
    array of shape (n, c, k)
        Products over the last axis are covariances.
    """
    return of_draws(_centered, f_nkc)


def _centered(f_nkc):
    xp, (n, k, c) = namespace(f_nkc), f_nkc.shape
    *_, away_nkc = deviations(f_nkc)
    away_nkc /= k**0.5
    # through two dimensions: the draws of an output then lie together in memory
    away_fk = xp.reshape(xp.permute_dims(away_nkc, (0, 2, 1)), (-1, k))
    return xp.reshape(away_fk, (n, c, k))


def value_noise(
    noise: float | str, mean_variance: Callable[[], float], share: float = 0.1
) -> float:
    """Variance of the noise: as given, or for "auto" a share of the mean variance.

    Parameters
    ----------
    noise : float or "auto"
        As given to the strategy.
    mean_variance : callable
        Gives the mean variance of the draws, over the points that the noise refers to;
        called for "auto".
    share : float, default=0.1
        Of the mean, over points and outputs, of the draws' variance.

    Returns
    -------
    float
        Positive; 1 where "auto" finds no variance, so that all gains are 0.
    """
    if noise != "auto":
        return float(noise)
    return share * float(mean_variance()) or 1.0


def mean_variance(f_nck: Array | LazyArray) -> float:
    """Mean, over points and outputs, of the draws' variance.

    Parameters
    ----------
    f_nck : array or LazyArray of shape (n, c, k)
        From `centered_draws`.

    Returns
    -------
    float
        Not negative.
    """
    variance_nc = map_chunks(lambda f: namespace(f).vecdot(f, f), f_nck)
    return float(namespace(variance_nc).mean(variance_nc))


class GaussianInformation(DivisibleSetFunction):
    """Growth of the batch's information about the model, in nats.

    Parameters
    ----------
    f_nck : array or LazyArray of shape (n, c, k)
        From `centered_draws`.
    noise : float
        Variance of the noise on each value; positive.
    """

    diminishing = True

    def __init__(self, f_nck, noise):
        self.f_nck = f_nck
        self.noise = noise

    def start(self):
        """State of the empty batch: nothing of the draws' space is known."""
        like = self.f_nck[:1]
        xp, k = namespace(like), like.shape[-1]
        return xp.eye(k, dtype=like.dtype, device=device(like))

    def gains(self, state, rows=None):
        """``1/2 log det(I + V / s2)`` a point: V, its variance given the batch."""

        def information(f_mck):
            xp, ratio_mcc = namespace(f_mck), covariance(f_mck, state) / self.noise
            lambda_mc = xp.clip(xp.linalg.eigvalsh(ratio_mcc), min=0.0)
            return xp.sum(xp.log1p(lambda_mc), axis=-1) / 2

        return map_chunks(information, self.f_nck, rows)

    def message(self, i):
        """What a state has to know of point `i`: its draws (c, k)."""
        return self.f_nck[i]

    def receive(self, state, f_ck):
        """State with a point of these draws in the batch."""
        xp, c = namespace(state), f_ck.shape[0]
        known_kc = state @ f_ck.T
        noise_cc = self.noise * xp.eye(c, dtype=state.dtype, device=device(state))
        return state - known_kc @ xp.linalg.solve(
            f_ck @ known_kc + noise_cc, known_kc.T
        )


def covariance(f_nck: Array, state: Array) -> Array:
    """Covariances of the outputs of each point, given a batch.

    Parameters
    ----------
    f_nck : array of shape (n, c, k)
        From `centered_draws`.
    state : array of shape (k, k)
        What the batch leaves unknown, of `GaussianInformation`.

    Returns
    -------
    array of shape (n, c, c)
        ``F A F'``.
    """
    xp, shape = namespace(f_nck), f_nck.shape
    known_nck = xp.reshape(xp.reshape(f_nck, (-1, shape[-1])) @ state, shape)
    return xp.matmul(known_nck, xp.permute_dims(f_nck, (0, 2, 1)))
