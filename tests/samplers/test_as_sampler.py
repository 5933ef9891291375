import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skactive import BALD, Entropy, MaxVariance
from skactive.samplers import (
    BootstrapSampler,
    DropoutSampler,
    EnsembleSampler,
    as_sampler,
)
from skactive.samplers._point import PointSampler
from skactive.samplers._third_party import ThirdPartySampler
from skactive.samplers._vote import ClassifierVote, RegressorVote
from tests.zoo import RandomLines, data

ENSEMBLES = [
    RandomForestClassifier(),
    RandomForestRegressor(),
    ExtraTreesClassifier(),
    ExtraTreesRegressor(),
    BaggingClassifier(),
    BaggingRegressor(),
    VotingClassifier([("a", GaussianNB())]),
    VotingRegressor([("a", LinearRegression())]),
]
WRAPPED = [
    lambda model: model,
    FrozenEstimator,
    lambda model: make_pipeline(StandardScaler(), model),
    lambda model: Pipeline([("only", model)]),
    lambda model: FrozenEstimator(make_pipeline(StandardScaler(), model)),
    lambda model: make_pipeline(StandardScaler(), FrozenEstimator(model)),
    lambda model: make_pipeline(StandardScaler(), make_pipeline(model)),
]


@pytest.mark.parametrize("needs", ["functions", "mean", "features", None])
@pytest.mark.parametrize("wrap", WRAPPED)
@pytest.mark.parametrize("model", ENSEMBLES, ids=lambda m: type(m).__name__)
def test_ensembles_are_known_however_they_are_wrapped(model, wrap, needs):
    wrapped = wrap(model)
    sampler = as_sampler(wrapped, needs)
    assert isinstance(sampler, EnsembleSampler)
    assert sampler.estimator is wrapped
    assert not hasattr(sampler, "estimator_")


@pytest.mark.parametrize("wrap", WRAPPED)
def test_nets_are_known_however_they_are_wrapped(wrap):
    pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    from tests.nets import Perceptron

    for cls in (skorch.NeuralNetClassifier, skorch.NeuralNetRegressor):
        sampler = as_sampler(wrap(cls(Perceptron)))
        assert isinstance(sampler, DropoutSampler)
        assert sampler.n_draws == 50


@pytest.mark.parametrize("wrap", WRAPPED)
def test_objects_that_draw_are_known(wrap):
    assert isinstance(as_sampler(wrap(RandomLines())), ThirdPartySampler)


@pytest.mark.parametrize("as_sequence", [list, tuple])
def test_lists_become_one_model(as_sequence):
    models = as_sequence([GaussianNB(), make_pipeline(StandardScaler(), SVC())])
    sampler = as_sampler(models)
    assert isinstance(sampler, EnsembleSampler)
    assert isinstance(sampler.estimator, ClassifierVote)
    assert [m for _, m in sampler.estimator.estimators] == list(models)
    lines = as_sequence([LinearRegression(), LinearRegression()])
    assert isinstance(as_sampler(lines).estimator, RegressorVote)


def test_samplers_are_returned_as_they_are():
    sampler = EnsembleSampler(RandomForestClassifier(), n_draws=3)
    assert as_sampler(sampler) is sampler
    assert as_sampler(sampler, needs="mean") is sampler


NO_POSTERIOR = [
    GaussianNB(),
    KNeighborsClassifier(),
    GradientBoostingClassifier(),
    DummyClassifier(),
    make_pipeline(StandardScaler(), GaussianNB()),
    FrozenEstimator(GaussianNB()),
    GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}),
]


@pytest.mark.parametrize("model", NO_POSTERIOR, ids=lambda m: type(m).__name__)
def test_models_without_a_posterior_name_the_bootstrap(model):
    known = r"no posterior.*BootstrapSampler(\(estimator\)| of .* that is not frozen)"
    with pytest.raises(TypeError, match=known):
        as_sampler(model)


@pytest.mark.parametrize("needs", ["mean", "features", None])
@pytest.mark.parametrize("model", NO_POSTERIOR, ids=lambda m: type(m).__name__)
def test_models_without_a_posterior_do_for_the_mean(model, needs):
    assert isinstance(as_sampler(model, needs), PointSampler)


def test_the_error_names_the_model_at_the_end_of_the_pipeline():
    with pytest.raises(TypeError, match="is known for GaussianNB: use"):
        as_sampler(make_pipeline(StandardScaler(), GaussianNB()))


@pytest.mark.parametrize("needs", ["functions", "mean", "features", None])
@pytest.mark.parametrize("thing", [None, 3, "forest", object(), StandardScaler(), {}])
def test_what_is_no_model_is_refused(thing, needs):
    with pytest.raises(TypeError, match="no posterior is known for"):
        as_sampler(thing, needs)


def test_classes_are_refused():
    with pytest.raises(TypeError, match="is a class; pass an instance"):
        as_sampler(RandomForestClassifier)


def test_empty_and_mixed_lists_are_refused():
    with pytest.raises(ValueError, match="empty"):
        as_sampler([])
    with pytest.raises(ValueError, match="classifiers only or regressors only"):
        as_sampler([GaussianNB(), LinearRegression()])


class OldFashioned:
    """A library's model from before scikit-learn had tags."""

    _estimator_type = "classifier"

    def __init__(self, depth=2):
        self.depth = depth

    def get_params(self, deep=True):
        return {"depth": self.depth}

    def set_params(self, **params):
        vars(self).update(params)
        return self

    def fit(self, X, y):
        self.tree_ = DecisionTreeClassifier(max_depth=self.depth).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict(self, X):
        return self.tree_.predict(X)

    def predict_proba(self, X):
        return self.tree_.predict_proba(X)


class OldFashionedRegressor(OldFashioned):
    _estimator_type = "regressor"

    def fit(self, X, y):
        self.tree_ = DecisionTreeRegressor(max_depth=self.depth).fit(X, y)
        return self


def test_a_model_without_tags_is_not_refused():
    X, y, y_2 = data()
    for model in (OldFashioned(), [OldFashioned(1), OldFashioned()]):
        strategy = Entropy(model, random_state=0).fit(X, y)
        assert is_classifier(strategy)
        assert len(set(strategy.query(X, 3))) == 3
    bald = BALD(BootstrapSampler(OldFashioned(), n_draws=4), random_state=0).fit(X, y)
    assert len(bald.query(X, 3)) == 3
    with pytest.raises(TypeError, match=r"OldFashioned: use BootstrapSampler"):
        BALD(OldFashioned()).fit(X, y)
    with pytest.raises(ValueError, match="MaxVariance is for regression"):
        MaxVariance(OldFashioned()).fit(X, y)
    values = BootstrapSampler(OldFashionedRegressor(), n_draws=4, random_state=0)
    strategy = MaxVariance(values, random_state=0).fit(X, y_2[:, 0])
    assert is_regressor(strategy)
    assert len(strategy.query(X, 3)) == 3
