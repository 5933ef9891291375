import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist
from scipy.stats import entropy as kl

from skactive.metrics import core_set_radius, mean_posterior_entropy

RNG = np.random.default_rng(0)
X, LABELLED = RNG.normal(size=(30, 4)), RNG.normal(size=(5, 4))


def test_entropy_of_draws_is_that_of_their_mean(as_array):
    p_nkc = np.random.default_rng(0).dirichlet(np.ones(3), (8, 5))
    expected = np.mean([kl(p) for p in p_nkc.mean(axis=1)])
    assert mean_posterior_entropy(as_array(p_nkc)) == pytest.approx(expected)
    p_nc = as_array(p_nkc.mean(axis=1))
    assert mean_posterior_entropy(p_nc) == pytest.approx(expected)
    assert mean_posterior_entropy(as_array(np.eye(3))) == 0


def test_entropy_needs_predictions():
    with pytest.raises(ValueError, match="must have shape"):
        mean_posterior_entropy(np.array([0.5, 0.5]))


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_radius_is_that_of_the_table(metric, as_array):
    table = cdist(X, LABELLED, metric)
    radius = core_set_radius(as_array(X), as_array(LABELLED), metric=metric)
    assert radius == pytest.approx(max(min(row) for row in table))
    assert core_set_radius(table, None, metric="precomputed") == pytest.approx(radius)


def test_radius_in_other_containers_and_metrics():
    expected = core_set_radius(X, LABELLED)
    sparse = core_set_radius(csr_matrix(X), csr_matrix(LABELLED))
    assert sparse == pytest.approx(expected)
    assert core_set_radius(
        X, LABELLED, metric=lambda a, b: np.linalg.norm(a - b)
    ) == pytest.approx(expected)
    words = ["a", "bbb", "cccccc"]
    assert core_set_radius(words, ["zz"], metric=lambda a, b: abs(len(a) - len(b))) == 4


def test_radius_is_zero_where_all_is_labelled():
    assert core_set_radius(X, X) == 0


def test_radius_errors():
    with pytest.raises(ValueError, match="X_labelled is empty"):
        core_set_radius(X, X[:0])
    with pytest.raises(ValueError, match="callable, but is 'manhattan'"):
        core_set_radius(X, LABELLED, metric="manhattan")
