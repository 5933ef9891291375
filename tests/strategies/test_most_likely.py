import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from skactive import MostLikely
from tests.draws import Table

X, Y = make_classification(
    120, n_informative=4, n_classes=3, weights=[0.6, 0.3], random_state=0
)
NAMES = np.array(["ant", "bee", "cat"])[Y]
L, POOL = slice(0, 40), slice(40, None)


@pytest.mark.parametrize(
    ("target", "columns"),
    [("bee", [1]), (["ant", "cat"], [0, 2]), (np.array(["cat"]), [2])],
)
def test_scores_are_the_probability_of_the_target(target, columns):
    strategy = MostLikely(GaussianNB(), target=target).fit(X[L], NAMES[L])
    expected = strategy.predict_proba(X[POOL])[:, columns].sum(axis=1)
    assert_allclose(strategy.score_samples(X[POOL]), expected)
    best = np.argsort(-expected.round(11), kind="stable")[:5]  # ties up to rounding
    assert strategy.query(X[POOL], 5).tolist() == best.tolist()


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_draws_are_averaged(library):
    if library == "torch":
        pytest.importorskip("torch")
    p_nkc = np.random.default_rng(0).dirichlet(np.ones(3), size=(20, 5))
    table = Table("classification", p_nkc, p_nkc[:, 0], np.arange(3), library)
    rows = np.arange(20)[:, None]
    strategy = MostLikely(table, target=2).fit(rows[:3], np.arange(3))
    assert_allclose(strategy.score_samples(rows), p_nkc[:, :, 2].mean(axis=1))


def test_without_a_target_it_is_the_class_of_fewest_labels():
    assert MostLikely(GaussianNB()).fit(X[L], NAMES[L]).target_.tolist() == ["cat"]
    rows = [0, 1, 2, 3]
    tied = MostLikely(GaussianNB()).fit(X[rows], ["b", "a", "b", "a"])
    assert tied.target_.tolist() == ["a"]


@pytest.mark.parametrize("target", ["dog", ["ant", "dog"], 1, []])
def test_a_target_the_model_does_not_know(target):
    with pytest.raises(ValueError, match=r"target=.*'ant', 'bee', 'cat'"):
        MostLikely(GaussianNB(), target=target).fit(X[L], NAMES[L])


def test_without_labels_a_target_is_needed():
    model = FrozenEstimator(GaussianNB().fit(X, NAMES))
    with pytest.raises(ValueError, match="pass a target"):
        MostLikely(model).fit(X[:0], NAMES[:0])
    assert MostLikely(model, target="ant").fit(X[:0], NAMES[:0]).query(X, 3).size == 3
