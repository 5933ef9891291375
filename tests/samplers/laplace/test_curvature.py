"""The posterior of a last layer against explicit matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, softmax

from skactive.samplers.laplace._curvature import (
    KroneckerCurvature,
    of_classes,
)


def points(n, d, c, seed=0):
    rng = np.random.default_rng(seed)
    phi_nd, s_n = rng.normal(size=(n, d)), rng.uniform(0.5, 2, n)
    z_nc = rng.normal(size=(n, c))
    return phi_nd, softmax(z_nc, axis=1) if c > 1 else expit(z_nc), s_n


def literal(phi_nd, p_nc, s_n):
    """sum_n s_n phi phi' kron (diag p - p p'): (d c, d c)."""
    c = p_nc.shape[1]
    terms = []
    for phi, p, s in zip(phi_nd, p_nc, s_n, strict=True):
        a_cc = np.diag(p) - np.outer(p, p) if c > 1 else np.array([[p[0] * (1 - p[0])]])
        terms.append(s * np.kron(np.outer(phi, phi), a_cc))
    return sum(terms)


def covariance(curvature, d, c, precision):
    """The posterior covariance U' U, from the images of all unit matrices."""
    unit_kdc = np.eye(d * c).reshape(d * c, d, c)
    u = curvature.whitened(unit_kdc, precision).reshape(d * c, d * c)
    assert_allclose(u, u.T, atol=1e-12)  # the symmetric root
    return u.T @ u


# few points are worked out in their span, many among the weights
@pytest.mark.parametrize("n", [3, 4, 5, 30])
@pytest.mark.parametrize("c", [1, 2, 4])
def test_covariance_is_the_inverse_of_the_precision(n, c):
    given = points(n, d=4, c=c)
    expected = np.linalg.inv(literal(*given) + 0.3 * np.eye(4 * c))
    assert_allclose(covariance(of_classes(*given), 4, c, 0.3), expected, atol=1e-10)


def test_both_ways_draw_the_same():
    phi_nd, p_nc, s_n = points(6, d=5, c=3)
    among = of_classes(phi_nd, p_nc, s_n)
    # features of zeros change nothing but the way
    wide = of_classes(np.hstack([phi_nd, np.zeros((6, 4))]), p_nc, s_n)
    assert among.vectors_wr.shape[0] == 15
    assert wide.vectors_wr.shape[0] == 27
    e_kdc = np.random.default_rng(0).normal(size=(7, 9, 3))
    assert_allclose(
        wide.whitened(e_kdc, 0.2)[:, :5], among.whitened(e_kdc[:, :5], 0.2), atol=1e-10
    )


def test_values_are_a_product():
    phi_nd = points(9, d=4, c=1)[0]
    noise_c = np.array([0.5, 2.0])
    curvature = KroneckerCurvature(phi_nd.T @ phi_nd, np.diag(1 / noise_c))
    expected = np.kron(phi_nd.T @ phi_nd, np.diag(1 / noise_c)) + 0.7 * np.eye(8)
    assert_allclose(covariance(curvature, 4, 2, 0.7), np.linalg.inv(expected))
