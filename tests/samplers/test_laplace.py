import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import helmert

from skactive.samplers._laplace import (
    among_weights_of,
    draw_deviations,
    within_span_of,
)


class Basis:
    """Unit vectors as noise: draws are then the columns of the linear map."""

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
@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize(("n", "d"), [(6, 3), (3, 6)])
@pytest.mark.parametrize("of_intercept", [0.3, 1e6])
def test_covariance_with_intercepts_is_exact(draw, c, n, d, of_intercept):
    phi, p, s, variance = model(n, d, c)
    k = (n + d + 1) * c
    u_dkc = draw(phi, p, s, variance, k, Basis(), of_intercept)
    assert u_dkc.shape == (d + 1, k, c)
    actual = np.einsum("dka,ekb->daeb", u_dkc, u_dkc)
    phi, variance = (
        np.column_stack([phi, np.ones(n)]),
        np.append(variance, of_intercept),
    )
    if c == 1:
        curvature = s * p[:, 0] * (1 - p[:, 0])
        precision = (phi.T * curvature) @ phi + np.diag(1 / variance)
        expected = np.linalg.inv(precision)[:, None, :, None]
    else:
        expected = covariance_by_definition(phi, p, s, variance)
    # what classes share is left to the prior: it is large, and without effect
    scale = np.sqrt(np.einsum("dada->da", expected))
    close = np.abs(actual - expected) / np.einsum("da,eb->daeb", scale, scale)
    assert close.max() < 1e-8
    shared = np.eye(c) - (1 / c if c > 1 else 0)
    contrasts = [
        np.einsum("daeb,ac,bg->dceg", x, shared, shared) for x in (actual, expected)
    ]
    np.testing.assert_allclose(*contrasts, atol=1e-8)


@pytest.mark.parametrize("draw", [among_weights_of, within_span_of])
@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize(("n", "d"), [(40, 3), (8, 30)])
@pytest.mark.parametrize("of_intercept", [None, 1e6])
def test_points_in_large_units(draw, c, n, d, of_intercept):
    """A curvature of 1e10 and more: its rounding error must not swamp the prior."""
    phi, p, s, variance = model(n, d, c)
    k = (n + d + 1) * c
    u_dkc = draw(1e5 * phi, p, s, variance, k, Basis(), of_intercept)
    u_dkc -= u_dkc.mean(axis=-1, keepdims=True) if c > 1 else 0
    b_kc = 0 if of_intercept is None else u_dkc[d]
    z_nkc = np.einsum("nd,dkc->nkc", 1e5 * phi, u_dkc[:d]) + b_kc
    actual = np.einsum("nka,mkb->namb", z_nkc, z_nkc)
    # the same logits, of a wider prior in smaller units
    design, wide = phi, 1e10 * variance
    if of_intercept is not None:
        design = np.column_stack([design, np.ones(n)])
        wide = np.append(wide, of_intercept)
    expected = covariance_of_logits(design, p, s, wide)
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-3)


def covariance_of_logits(phi, p, s, variance):
    """Of the logits at the points, without the part that all classes share."""
    n, c = p.shape
    contrasts = helmert(c) if c > 1 else np.ones((1, 1))
    precision = np.kron(np.eye(len(contrasts)), np.diag(1 / variance))
    for i in range(n):
        W = np.diag(p[i]) - np.outer(p[i], p[i])
        W = s[i] * contrasts @ W @ contrasts.T
        precision += np.kron(W, np.outer(phi[i], phi[i]))
    to_logits = np.kron(contrasts, phi.T).T.reshape(c, n, -1)
    left = to_logits.transpose(1, 0, 2).reshape(n * c, -1)
    return (left @ np.linalg.solve(precision, left.T)).reshape(n, c, n, c)


@pytest.mark.parametrize("of_intercept", [None, 1e6])
def test_no_points_leave_the_prior(of_intercept):
    variance = np.array([0.5, 2.0])
    nothing = np.zeros((0, 2)), np.zeros((0, 3)), np.zeros(0)
    d = 2 if of_intercept is None else 3
    u_dkc = draw_deviations(*nothing, variance, 3 * d, Basis(), of_intercept)
    actual = np.einsum("dka,ekb->daeb", u_dkc, u_dkc)
    prior = np.diag([0.5, 2.0, 1e6][:d])
    expected = np.einsum("de,ab->daeb", prior, np.eye(3))
    np.testing.assert_allclose(actual, expected, atol=1e-8)


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
