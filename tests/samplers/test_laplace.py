import numpy as np
import pytest
import scipy.sparse as sp

from skactive.samplers._laplace import (
    among_weights_of,
    draw_deviations,
    within_span_of,
)


class Basis:
    """Unit vectors for noise, one a draw: draws are columns of the linear map."""

    def __init__(self):
        self.given = 0

    def standard_normal(self, shape):
        if len(shape) == 2:  # (values, k)
            return self._rows(*shape)
        m, k, c = shape
        return self._rows(m * c, k).reshape(m, c, k).transpose(0, 2, 1).copy()

    def _rows(self, m, k):
        rows = np.arange(self.given, self.given + m)
        self.given += m
        return np.eye(k)[rows]


def covariance_by_definition(phi, p, s, variance):
    """Inverse of sum_n W_n kron phi phi' + prior, features within classes."""
    (n, d), c = phi.shape, p.shape[1]
    precision = np.kron(np.eye(c), np.diag(1 / variance))
    for i in range(n):
        W = np.diag(p[i]) - np.outer(p[i], p[i])
        precision += s[i] * np.kron(W, np.outer(phi[i], phi[i]))
    return np.linalg.inv(precision).reshape(c, d, c, d).transpose(1, 0, 3, 2)


def model(n, d, c, seed=0):
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(n, d))
    p = rng.dirichlet(np.ones(c), size=n) if c > 1 else rng.random((n, 1))
    return phi, p, rng.random(n) + 0.5, rng.random(d) + 0.5


@pytest.mark.parametrize("draw", [among_weights_of, within_span_of])
@pytest.mark.parametrize("c", [1, 2, 4])
@pytest.mark.parametrize(("n", "d"), [(6, 3), (3, 6)])
def test_covariance_is_exact(draw, c, n, d):
    phi, p, s, variance = model(n, d, c)
    u_dkc = draw(phi, p, s, variance, (n + d) * c, Basis())
    expected = covariance_by_definition(phi, p, s, variance)
    actual = np.einsum("dka,ekb->daeb", u_dkc, u_dkc)
    if c == 1:  # two classes: curvature p (1 - p), which is the definition's p (1 - p)
        precision = (phi.T * (s * p[:, 0] * (1 - p[:, 0]))) @ phi + np.diag(
            1 / variance
        )
        expected = np.linalg.inv(precision)[:, None, :, None]
    np.testing.assert_allclose(actual, expected, atol=1e-10)


@pytest.mark.parametrize("draw", [among_weights_of, within_span_of])
def test_certain_points_say_nothing(draw):
    """Probabilities of 0 and 1 have no curvature: the prior remains, and no NaN."""
    phi, _, s, variance = model(4, 3, 3)
    p = np.eye(3)[[0, 1, 2, 0]]
    u_dkc = draw(phi, p, s, variance, 21, Basis())
    actual = np.einsum("dka,ekb->daeb", u_dkc, u_dkc)
    expected = np.einsum("de,ab->daeb", np.diag(variance), np.eye(3))
    np.testing.assert_allclose(actual, expected, atol=1e-10)


@pytest.mark.parametrize("draw", [among_weights_of, within_span_of])
def test_sparse_is_dense(draw):
    phi, p, s, variance = model(6, 3, 3)
    phi[phi < 0] = 0
    dense = draw(phi, p, s, variance, 5, np.random.default_rng(0))
    sparse = draw(sp.csr_array(phi), p, s, variance, 5, np.random.default_rng(0))
    np.testing.assert_allclose(sparse, dense, atol=1e-12)


def test_the_cheaper_way_is_taken():
    for n, d, draw in ((100, 4, among_weights_of), (4, 100, within_span_of)):
        phi, p, s, variance = model(n, d, 3)
        np.testing.assert_array_equal(
            draw_deviations(phi, p, s, variance, 5, np.random.default_rng(0)),
            draw(phi, p, s, variance, 5, np.random.default_rng(0)),
        )
