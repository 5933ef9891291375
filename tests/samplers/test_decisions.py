import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    LogisticRegression,
    Perceptron,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC

from skactive import Entropy, LeastConfidence, Margin, testing
from skactive.samplers import as_sampler
from tests import zoo

X, LABELS, _ = zoo.data()
NAMES = zoo.NAMES[LABELS]
POOL = np.random.default_rng(1).normal(size=(60, X.shape[1]))
SVMS = [SVC(), NuSVC(nu=0.2), LinearSVC(random_state=0)]
LINEAR = [
    RidgeClassifier(),
    SGDClassifier(random_state=0),
    Perceptron(random_state=0),
]
MODELS = [
    *SVMS,
    *LINEAR,
    make_pipeline(StandardScaler(), SVC()),
    GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2),
    GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1.0]}, cv=2),
    make_pipeline(StandardScaler(), GridSearchCV(SVC(), {"C": [1.0]}, cv=2)),
    FrozenEstimator(SVC().fit(X, NAMES)),
    make_pipeline(StandardScaler(), FrozenEstimator(SVC().fit(X, NAMES))),
]


def literal(values):
    """-abs(f) for two classes, the second largest minus the largest for more."""
    if values.ndim == 1:
        return [-abs(f) for f in values.tolist()]
    return [sorted(row)[-2] - sorted(row)[-1] for row in values.tolist()]


@pytest.mark.parametrize("cls", [Margin, LeastConfidence])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_scores_are_differences_of_decision_values(cls, model):
    strategy = cls(model).fit(X, NAMES)
    scores = strategy.score_samples(POOL)
    assert_array_equal(scores, literal(strategy.decision_function(POOL)))
    with config_context(working_memory=1e-3):
        assert_array_equal(strategy.query(POOL, n=5), np.argsort(-scores)[:5])


@pytest.mark.parametrize("model", [*SVMS, *LINEAR], ids=lambda m: type(m).__name__)
def test_of_two_classes_it_is_the_distance_from_the_boundary(model):
    two = LABELS < 2
    strategy = Margin(model).fit(X[two], NAMES[two])
    scores = strategy.score_samples(POOL)
    assert_array_equal(scores, -abs(strategy.estimator_.decision_function(POOL)))
    data = X[two], NAMES[two], POOL
    testing.check_strategy(Margin(model, random_state=0), data=data)


def test_probabilities_come_first():
    fitted = LogisticRegression().fit(X, NAMES)
    sampler = as_sampler(FrozenEstimator(fitted), "mean").fit(X, NAMES)
    assert not sampler.only_decides
    top_two = np.sort(fitted.predict_proba(POOL), axis=1)[:, -2:]
    scores = Margin(FrozenEstimator(fitted)).fit(X, NAMES).score_samples(POOL)
    np.testing.assert_allclose(scores, -np.diff(top_two)[:, 0], atol=1e-15)


@pytest.mark.parametrize("model", [SVC(), LinearSVC()])
def test_others_still_need_probabilities(model):
    with pytest.raises(TypeError, match=r"no predict_proba; .*CalibratedClassifier"):
        Entropy(model).fit(X, NAMES)


def test_a_model_with_neither_is_still_refused():
    with pytest.raises(TypeError, match=r"Mute has no predict_proba"):
        Margin(Mute()).fit(X, NAMES)


class Mute(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self


class Given(Mute):
    def __init__(self, values):
        self.values = values

    def decision_function(self, X):
        return np.asarray(self.values)[X[:, 0].astype(int)]


def scores_of(values, classes):
    """The scores of Margin for given decision values."""
    y = np.arange(classes)
    points = np.arange(len(values))[:, None]
    return Margin(Given(values)).fit(y[:, None], y).score_samples(points)


def test_shapes_of_two_classes():
    f = [0.5, -2.0, 0.0]
    expected = [-0.5, -2.0, 0.0]
    assert_array_equal(scores_of(f, 2), expected)
    assert_array_equal(scores_of([[v] for v in f], 2), expected)
    assert_array_equal(scores_of([[-v, 0.0] for v in f], 2), expected)


@pytest.mark.parametrize(
    "model",
    [
        SVC(decision_function_shape="ovo"),
        GridSearchCV(SVC(), {"decision_function_shape": ["ovo"]}, cv=2),
        make_pipeline(StandardScaler(), NuSVC(nu=0.2, decision_function_shape="ovo")),
    ],
    ids=["svc", "search", "pipeline"],
)
def test_pairs_of_three_classes_are_not_taken_for_classes(model):
    """Three classes have three pairs, so the shape does not tell which it is."""
    strategy = Margin(model).fit(X, NAMES)
    assert strategy.decision_function(POOL).shape == (60, 3)
    with pytest.raises(ValueError, match='decision_function_shape="ovr"'):
        strategy.query(POOL)


def test_pairs_of_two_classes_are_the_one_value_there_is():
    two = LABELS < 2
    pairs = Margin(SVC(decision_function_shape="ovo")).fit(X[two], NAMES[two])
    rest = Margin(SVC()).fit(X[two], NAMES[two])
    assert_array_equal(pairs.score_samples(POOL), rest.score_samples(POOL))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"shape \(5, 6\), but one .* of 4 classes"):
        scores_of(np.zeros((5, 6)), 4)


def test_the_row_that_is_not_finite_is_named():
    values = [[1.0, 0.0, 2.0]] * 4 + [[0.0, np.nan, 1.0]]
    with pytest.raises(ValueError, match="at row 4 is not finite"):
        scores_of(values, 3)
    with config_context(working_memory=1e-6), pytest.raises(ValueError, match="row 4"):
        scores_of(values, 3)


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.filterwarnings("ignore:The labels are all of one class")
def test_a_single_class_leaves_nothing_to_decide():
    assert_array_equal(scores_of([[3.0], [1.0]], 1), [0.0, 0.0])


def test_scale_does_not_decide_who_is_tied():
    """Values that are equal up to rounding are tied, whatever their magnitude."""
    for scale in (1e-20, 1.0, 1e20):
        f = scale * np.array([1.0, -0.5, 0.5 * (1 - 1e-15), 0.75])
        y = np.array([0, 1])
        strategy = Margin(Given(f)).fit(y[:, None], y)
        assert strategy.query(np.arange(4)[:, None], n=3).tolist() == [1, 2, 3]


def test_blocks_on_a_cluster_are_scored_where_they_lie():
    array = pytest.importorskip("dask.array")
    strategy = Margin(SVC()).fit(X, NAMES)
    pool = array.from_array(POOL, chunks=(25, -1))
    assert_array_equal(strategy.query(pool, n=9), strategy.query(POOL, n=9))
    assert_array_equal(strategy.score_samples(pool), strategy.score_samples(POOL))
