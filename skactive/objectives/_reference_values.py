"""Expected effects of a noisy value on values at reference points; layer 2.

The values of two points are modelled as jointly Gaussian, with the covariance of the
draws.
"""

from skactive._utils.array import chunk_rows, device, map_rows, namespace
from skactive.objectives._gaussian_information import GaussianInformation, covariance

__all__ = ["ReferenceInformation", "ReferenceVariance"]


class ReferenceInformation(GaussianInformation):
    """Mutual information of noisy values of a point and of reference points, in nats.

    ``-1/2 log det(I - Sx^-1 X S*^-1 X')``, averaged over reference points, where Sx and
    S* are covariances of the noisy values of point and reference point given the batch,
    and X is their cross-covariance.

    Parameters
    ----------
    f_nck : array of shape (n, c, k)
        Draws of the points, from `centered_draws`.
    reference_rck : array of shape (r, c, k)
        Draws of the reference points, from the same functions and `centered_draws`.
    noise : float
        Positive variance of the observation noise.
    """

    diminishing = False  # conditioning on other picks can make points more dependent

    def __init__(self, f_nck, reference_rck, noise):
        super().__init__(f_nck, noise)
        self.reference_rck = reference_rck

    def gains(self, state, rows=None):
        """Compute the mean information about reference points (of `rows`): (n,)."""
        xp, f_nck = namespace(self.f_nck), self.f_nck
        f_nck = f_nck if rows is None else f_nck[rows]
        n, c, k = f_nck.shape
        r = self.reference_rck.shape[0]
        reference_rck = self._whitened(self.reference_rck, state)
        columns_kx = state @ xp.reshape(reference_rck, (-1, k)).T

        def chunk(some):
            white_nck = self._whitened(f_nck[some], state)
            w = xp.reshape(xp.reshape(white_nck, (-1, k)) @ columns_kx, (-1, c, r, c))
            # singular values s of the whitened cross-covariance are canonical
            # correlations, and the mutual information is -1/2 sum log(1 - s^2)
            square_nrc = _squared_singular(xp.permute_dims(w, (0, 2, 1, 3)))
            return -xp.mean(xp.sum(xp.log1p(-square_nrc), axis=-1), axis=-1) / 2

        return map_rows(chunk, n, chunk_rows(8 * c * (k + 2 * r * c)))

    def _whitened(self, f_nck, state):
        """Multiply draws by the inverse root of the covariance of noisy values."""
        xp, c = namespace(f_nck), f_nck.shape[1]
        noise_cc = self.noise * xp.eye(c, dtype=f_nck.dtype, device=device(f_nck))
        root_ncc = xp.linalg.cholesky(covariance(f_nck, state) + noise_cc)
        return xp.linalg.solve(root_ncc, f_nck)


def _squared_singular(w_nrcc):
    """Squared singular values of stacked matrices: (n, r, c)."""
    xp = namespace(w_nrcc)
    if w_nrcc.shape[-1] == 1:
        return (w_nrcc * w_nrcc)[..., 0]
    squares_nrcc = xp.matmul(w_nrcc, xp.permute_dims(w_nrcc, (0, 1, 3, 2)))
    return xp.clip(xp.linalg.eigvalsh(squares_nrcc), min=0.0)


class ReferenceVariance(ReferenceInformation):
    """Expected reduction of the variance at reference points by a noisy value.

    ``tr(Sx^-1 X X')``, averaged over reference points.

    Parameters
    ----------
    f_nck, reference_rck, noise
        See `ReferenceInformation`.
    """

    def gains(self, state, rows=None):
        """Compute the mean reduction of variance by each point (of `rows`): (n,)."""
        xp, f_nck = namespace(self.f_nck), self.f_nck
        f_nck = f_nck if rows is None else f_nck[rows]
        n, c, k = f_nck.shape
        r = self.reference_rck.shape[0]
        reference_xk = xp.reshape(self.reference_rck, (-1, k)) @ state
        # the mean over reference points is taken once, independently of the candidates
        spread_kk = reference_xk.T @ reference_xk / r

        def chunk(some):
            white_nck = self._whitened(f_nck[some], state)
            known = xp.reshape(xp.reshape(white_nck, (-1, k)) @ spread_kk, (-1, c, k))
            return xp.sum(known * white_nck, axis=(1, 2))

        return map_rows(chunk, n, chunk_rows(8 * 2 * c * k))
