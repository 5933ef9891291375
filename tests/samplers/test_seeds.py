"""One seed gives one result, and global random generators are left as they were."""

import copy
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state

from skactive import BALD, Entropy, testing
from skactive.model_selection import active_learning_curve
from skactive.samplers import BootstrapSampler, as_sampler
from skactive.samplers._seeds import global_seed, reseed, seed_nested

X, Y, X_POOL = testing.make_data("classification", n_pool=60)
GLOBAL = check_random_state(None)  # the process's own generator
FOLDS = StratifiedKFold(2, shuffle=True)
TREE = DecisionTreeClassifier(max_depth=3, max_features=2)


class Whimsical(ClassifierMixin, BaseEstimator):
    """Draws from NumPy's global generator and has no `random_state`."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.columns_ = GLOBAL.permutation(X.shape[1])[:2]
        self.model_ = GaussianNB().fit(X[:, self.columns_], y)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X[:, self.columns_])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def cross_validated_logistic():
    model = LogisticRegressionCV(Cs=3, cv=FOLDS, max_iter=2000, scoring="accuracy")
    if "use_legacy_attributes" in model.get_params():  # scikit-learn 1.8 and later
        model.set_params(use_legacy_attributes=False, l1_ratios=(0,))
    return model


MODELS = {
    "calibration": lambda: CalibratedClassifierCV(LinearSVC(), cv=FOLDS),
    "calibrated forest": lambda: CalibratedClassifierCV(
        RandomForestClassifier(5), cv=KFold(2, shuffle=True)
    ),
    "search": lambda: GridSearchCV(TREE, {"max_depth": [1, 2, 3]}, cv=FOLDS),
    "search in processes": lambda: GridSearchCV(
        TREE, {"max_depth": [1, 2, 3]}, cv=ShuffleSplit(2, test_size=0.5), n_jobs=2
    ),
    "search for a model": lambda: GridSearchCV(
        make_pipeline(GaussianNB()), {"gaussiannb": [TREE, clone(TREE)]}, cv=2
    ),
    "stack": lambda: StackingClassifier(
        [("bayes", GaussianNB()), ("tree", TREE)], cv=FOLDS
    ),
    "logistic": cross_validated_logistic,
    "repeated": lambda: GridSearchCV(
        TREE, {"max_depth": [1, 3]}, cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=2)
    ),
    "no parameter": Whimsical,
    "search of a search": lambda: CalibratedClassifierCV(
        GridSearchCV(TREE, {"max_depth": [1, 3]}, cv=FOLDS), cv=FOLDS
    ),
}
every_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


@pytest.fixture
def _chance_is_kept():
    """Global generators must be left as they were found."""
    before = GLOBAL.get_state()
    torch = sys.modules.get("torch")
    of_torch = None if torch is None else torch.get_rng_state()
    yield
    after = GLOBAL.get_state()
    assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]
    if of_torch is not None:
        assert_array_equal(of_torch, torch.get_rng_state())


def batches(make, runs=6):
    """Results of several runs with one seed while the global generator moves on."""
    found = []
    for _ in range(runs):
        GLOBAL.random_sample()
        state = GLOBAL.get_state()
        scores = make().fit(X, Y).score_samples(X_POOL)
        now = GLOBAL.get_state()
        assert_array_equal(state[1], now[1])
        assert state[2:] == now[2:]
        found.append(scores)
    return found


@every_model
def test_one_seed_gives_one_answer(make):
    """Even if a splitter would draw from NumPy's global generator."""
    first, *others = batches(lambda: Entropy(make(), random_state=0))
    for scores in others:
        assert_array_equal(scores, first)


@pytest.mark.parametrize("name", ["calibration", "search", "stack", "no parameter"])
def test_one_seed_gives_one_bootstrap(name):
    def make():
        sampler = BootstrapSampler(MODELS[name](), n_draws=3)
        return BALD(sampler, random_state=0)

    first, *others = batches(make)
    for scores in others:
        assert_array_equal(scores, first)


def test_members_split_by_seeds_of_their_own():
    sampler = BootstrapSampler(MODELS["calibration"](), n_draws=3, random_state=0)
    cvs = [m.cv.random_state for m in sampler.fit(X, Y).members_]
    assert len(set(cvs)) == 3
    assert FOLDS.random_state is None  # the caller's own stays


def test_other_seeds_give_other_answers():
    scores = [
        Entropy(Whimsical(), random_state=seed).fit(X, Y).score_samples(X_POOL)
        for seed in range(8)
    ]
    assert len({s.tobytes() for s in scores}) > 1


def test_without_a_seed_chance_stays_the_process_s():
    found = []
    for _ in range(2):
        GLOBAL.seed(3)
        found.append(Entropy(Whimsical()).fit(X, Y).score_samples(X_POOL))
        assert GLOBAL.get_state()[2] > 0
    assert_array_equal(*found)


def validated_net():
    torch, skorch = pytest.importorskip("torch"), pytest.importorskip("skorch")
    from tests.nets import Perceptron

    return skorch.NeuralNetClassifier(
        Perceptron,
        criterion=torch.nn.CrossEntropyLoss,
        module__outputs=3,
        verbose=0,
        max_epochs=3,
        lr=0.05,
        train_split=skorch.dataset.ValidSplit(0.4),
    )


@pytest.mark.parametrize("refits", [0, 2])
def test_nets_that_split_for_themselves(refits):
    X32, pool32 = X.astype(np.float32), X_POOL.astype(np.float32)
    torch = pytest.importorskip("torch")
    found = []
    for _ in range(6):
        GLOBAL.random_sample(), torch.rand(1)
        net = validated_net()
        model = BootstrapSampler(net, n_draws=refits) if refits else net
        state = torch.get_rng_state()
        strategy = BALD(model, random_state=0).fit(X32, Y)
        found.append(np.asarray(strategy.score_samples(pool32)))
        assert_array_equal(torch.get_rng_state(), state)
    for scores in found:
        assert_array_equal(scores, found[0])


def test_frozen_parts_get_no_seed():
    tree = DecisionTreeClassifier(max_features=2).fit(X, Y)
    stack = StackingClassifier(
        [("old", FrozenEstimator(tree)), ("new", clone(tree))], cv="prefit"
    )
    search = FrozenEstimator(GridSearchCV(tree, {"max_depth": [2]}, cv=FOLDS).fit(X, Y))
    sampler = clone(as_sampler([stack, make_pipeline(search)], needs="mean"))
    seed_nested(sampler, np.random.RandomState(0))
    assert tree.random_state is None
    assert search.estimator.cv.random_state is None
    assert isinstance(
        sampler.estimator.estimators[0][1].estimators[1][1].random_state, int
    )


def test_seeds_of_parameters_are_drawn_first_and_in_order():
    """As in earlier releases; seeds of other objects are drawn after them."""
    search = GridSearchCV(TREE, {"max_depth": [1, 2]}, cv=copy.copy(FOLDS))
    model = clone(search)
    seed_nested(model, np.random.RandomState(5))
    expected = np.random.RandomState(5).randint(2**31 - 1, size=2)
    assert [model.estimator.random_state, model.cv.random_state] == expected.tolist()


def test_what_needs_no_seed_gets_none():
    grid = {"random_state": [1, 2]}
    model = clone(GridSearchCV(TREE, grid, cv=StratifiedKFold(2, shuffle=False)))
    seed_nested(model, np.random.RandomState(0))
    assert model.cv.random_state is None
    assert model.param_grid == grid
    given = clone(GridSearchCV(TREE, grid, cv=KFold(2, shuffle=True, random_state=7)))
    seed_nested(given, np.random.RandomState(0))
    assert given.cv.random_state == 7


def test_estimators_in_containers_get_seeds():
    model = GridSearchCV(
        make_pipeline(GaussianNB()),
        {"gaussiannb": [MLPClassifier(shuffle=False), LogisticRegression()]},
    )
    model = clone(model)
    seed_nested(model, np.random.RandomState(0))
    seeds = [m.random_state for m in model.param_grid["gaussiannb"]]
    assert all(isinstance(seed, int) for seed in seeds)
    again = reseed(clone(model), 3)
    assert [m.random_state for m in again.param_grid["gaussiannb"]] != seeds


# The global generators


@pytest.mark.usefixtures("_chance_is_kept")
def test_both_generators_run_under_the_seed():
    drawn = []
    for seed in (0, 0, 1, np.random.RandomState(0)):
        with global_seed(seed):
            drawn.append(GLOBAL.random_sample(3).tolist())
    assert drawn[0] == drawn[1] == drawn[3]
    assert drawn[0] != drawn[2]


@pytest.mark.usefixtures("_chance_is_kept")
def test_torch_runs_under_the_seed():
    torch = pytest.importorskip("torch")
    before, drawn = torch.get_rng_state(), []
    for seed in (0, 0, 1, np.random.RandomState(0)):
        with global_seed(seed):
            drawn.append(torch.rand(3).tolist())
    assert drawn[0] == drawn[1] == drawn[3]
    assert drawn[0] != drawn[2]
    assert_array_equal(torch.get_rng_state(), before)


@pytest.mark.usefixtures("_chance_is_kept")
def test_generators_are_given_back_after_an_error():
    with pytest.raises(RuntimeError, match="shape"), global_seed(0):
        raise RuntimeError(f"shape {GLOBAL.random_sample(3).shape}")


@pytest.mark.usefixtures("_chance_is_kept")
def test_a_seed_within_a_seed():
    with global_seed(0):
        GLOBAL.random_sample()
        expected = GLOBAL.random_sample()
    with global_seed(0):
        GLOBAL.random_sample()
        with global_seed(1):
            GLOBAL.random_sample(5)
        assert GLOBAL.random_sample() == expected


def test_no_seed_leaves_the_generators_at_work():
    torch = pytest.importorskip("torch")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        with global_seed(None):
            drawn = torch.rand(3)
        assert_array_equal(drawn, expected)


@pytest.mark.usefixtures("_chance_is_kept")
def test_a_seed_without_torch(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with global_seed(0):
        GLOBAL.random_sample()
    assert "torch" not in sys.modules


@pytest.mark.usefixtures("_chance_is_kept")
def test_threads_leave_the_generators_as_they_were():
    """The block entered first is left first; the other must not restore its state."""
    begun, ended = threading.Event(), threading.Event()

    def first():
        with global_seed(0, of_torch=False):
            assert begun.wait(10)
        ended.set()

    thread = threading.Thread(target=first)
    thread.start()
    with global_seed(1, of_torch=False):  # those of torch's take turns
        begun.set()
        assert ended.wait(10)
        GLOBAL.random_sample()
    thread.join()


def test_models_seeded_by_parameters_are_the_same_in_any_thread():
    def scores(found, i):
        model = CalibratedClassifierCV(RandomForestClassifier(4), cv=FOLDS)
        found[i] = Entropy(model, random_state=0).fit(X, Y).score_samples(X_POOL)

    found = {}
    threads = [threading.Thread(target=scores, args=(found, i)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(6):
        assert_array_equal(found[i], found[0])


@pytest.mark.usefixtures("_chance_is_kept")
def test_a_bootstrap_of_nets_uses_up_nothing_of_torch():
    """Even the prediction that finds the number of outputs, with its DataLoader."""
    net = validated_net()
    BootstrapSampler(net, n_draws=2, random_state=0).fit(X.astype(np.float32), Y)


@pytest.mark.usefixtures("_chance_is_kept")
def test_scores_of_a_curve_use_up_nothing_of_torch():

    strategy, X32 = BALD(validated_net()), X.astype(np.float32)
    active_learning_curve(
        strategy,
        X32,
        Y,
        n=2,
        rounds=1,
        n_initial=15,
        cv=1,
        X_test=X32,
        y_test=Y,
        random_state=0,
    )
