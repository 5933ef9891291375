from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy as kl

from skactive.metrics import (
    acquired_uncertainty,
    batch_diversity,
    class_counts,
    class_entropy,
)


def naive_diversity(p_bc):
    pairs = list(combinations(p_bc, 2))
    return np.mean([kl(p, q) + kl(q, p) for p, q in pairs])


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), b=st.integers(2, 8), c=st.integers(2, 5))
def test_diversity_is_the_mean_over_pairs(seed, b, c):
    p_bc = np.random.default_rng(seed).dirichlet(np.ones(c), b)
    p_bc = 0.99 * p_bc + 0.01 / c
    assert batch_diversity(p_bc) == pytest.approx(naive_diversity(p_bc))


def test_diversity_on_every_backend(as_array):
    p_bc = np.random.default_rng(0).dirichlet(np.ones(3), 5)
    assert batch_diversity(as_array(p_bc)) == pytest.approx(naive_diversity(p_bc))


def test_diversity_of_copies_is_nothing():
    p_bc = np.tile(np.random.default_rng(0).dirichlet(np.ones(10)), (7, 1))
    assert batch_diversity(p_bc) == 0


def test_diversity_of_certain_predictions_is_finite():
    p_bc = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert batch_diversity(p_bc) == pytest.approx(2 * np.log(1e7), rel=1e-6)
    assert batch_diversity(p_bc, eps=0.01) < batch_diversity(p_bc)


@pytest.mark.parametrize("p", [[[0.5, 0.5]], [0.5, 0.5], np.full((3, 2, 2), 0.5)])
def test_diversity_needs_a_pair(p):
    with pytest.raises(ValueError, match="two points or more"):
        batch_diversity(p)


def test_counts_and_entropy_of_several_splits():
    rng = np.random.default_rng(0)
    y, classes = rng.integers(4, size=(3, 20)), np.arange(6)
    counts, entropies = class_counts(y, classes), class_entropy(y, classes)
    for row, found, h in zip(y, counts, entropies, strict=True):
        counted = Counter(row.tolist())
        assert found.tolist() == [counted[k] for k in range(6)]
        assert h == pytest.approx(kl(np.bincount(row)))
    assert class_entropy(classes, classes) == pytest.approx(np.log(6))
    assert class_entropy([3, 3], classes) == 0


def test_counts_refuse_what_is_no_class():
    with pytest.raises(
        ValueError, match=r"owl, which is not one of the classes.*'cat'"
    ):
        class_counts(["cat", "owl"], ["cat"])


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_uncertainty_is_entropy_in_two_parts(seed):
    p_bkc = np.random.default_rng(seed).dirichlet(np.ones(3), (6, 4))
    epistemic, aleatoric = acquired_uncertainty(p_bkc)
    of_draws = np.mean([[kl(p) for p in p_kc] for p_kc in p_bkc])
    total = np.mean([kl(p_kc.mean(axis=0)) for p_kc in p_bkc])
    assert aleatoric == pytest.approx(of_draws)
    assert epistemic + aleatoric == pytest.approx(total)


def test_uncertainty_on_every_backend(as_array):
    p_bkc = np.random.default_rng(0).dirichlet(np.ones(3), (6, 4))
    assert acquired_uncertainty(as_array(p_bkc)) == pytest.approx(
        acquired_uncertainty(p_bkc)
    )
