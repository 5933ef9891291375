import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD, CoreSet, Entropy, RandomSampling
from skactive.model_selection import active_learning_curve
from skactive.model_selection.curves._rounds import learning_rounds, seeded
from skactive.model_selection.curves._settings import Data
from skactive.model_selection.curves._splits import Split
from skactive.model_selection.curves._warm_start import check_warm_start, going_on
from skactive.pipeline import make_pipeline
from skactive.samplers import BootstrapSampler, LinearSampler

X, Y = (part[:200] for part in load_digits(return_X_y=True))
X = X / 16
MLP = MLPClassifier((8,), max_iter=5)
SPLIT = Split(0, np.arange(150), None, np.arange(40), 0)
OPTIONS = {"n": 5, "rounds": 2, "cv": 2, "random_state": 0, "initial": "balanced"}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def rounds_of(strategy, **options):
    return list(learning_rounds(strategy, Data(X, Y), SPLIT, [5, 5], **options))


def test_a_net_goes_on():
    cold, warm = rounds_of(Entropy(MLP)), rounds_of(Entropy(MLP), warm_start=True)
    nets = [round_.strategy.estimator_ for round_ in warm]
    assert [net.t_ for net in nets] == [5 * 40, 5 * 85, 5 * 135]  # points it has seen
    assert [r.strategy.estimator_.t_ for r in cold] == [5 * 40, 5 * 45, 5 * 50]
    by_hand = clone(nets[0]).set_params(warm_start=True)
    for round_ in warm:
        rows = round_.labelled
        by_hand.fit(X[rows], Y[rows])
        np.testing.assert_array_equal(
            by_hand.predict_proba(X), round_.strategy.predict_proba(X)
        )


def test_models_of_earlier_rounds_are_left_alone():
    seen = []
    for round_ in learning_rounds(
        Entropy(MLP), Data(X, Y), SPLIT, [5, 5], warm_start=True
    ):
        seen.append((round_.strategy, round_.strategy.predict_proba(X)))
    for strategy, before in seen:
        np.testing.assert_array_equal(strategy.predict_proba(X), before)
        assert clone(strategy.estimator_) is not strategy.estimator_


def test_the_strategy_is_left_alone():
    strategy = BALD(LinearSampler(LogisticRegression(max_iter=3)))
    before = repr(strategy)
    rounds_of(strategy, warm_start=True)
    assert repr(strategy) == before


@pytest.mark.parametrize(
    "strategy",
    [
        BALD(LogisticRegression(max_iter=3)),
        BALD(LinearSampler(LogisticRegression(max_iter=3), n_draws=7)),
        Entropy(SGDClassifier(loss="log_loss", max_iter=3)),
        Entropy(Pipeline([("scale", StandardScaler()), ("net", MLP)])),
        make_pipeline(StandardScaler(), Entropy(MLP)),
    ],
    ids=["model", "sampler", "descent", "pipeline inside", "pipeline outside"],
)
def test_every_place_of_a_model(strategy):
    options = {**OPTIONS, "warm_start": True}
    warm = active_learning_curve(strategy, X, Y, **options)
    cold = active_learning_curve(strategy, X, Y, **OPTIONS)
    np.testing.assert_array_equal(
        warm.scores["score"][:, 0], cold.scores["score"][:, 0]
    )
    last = [rounds_of(strategy, warm_start=warm)[-1].strategy for warm in (True, False)]
    assert not np.array_equal(*(s.predict_proba(X) for s in last))


def test_a_net_of_torch_goes_on():
    torch = pytest.importorskip("torch")
    from skorch import NeuralNetClassifier

    module = torch.nn.Sequential(
        torch.nn.Linear(64, 16), torch.nn.Dropout(), torch.nn.Linear(16, 10)
    )
    net = NeuralNetClassifier(
        module,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=2,
        train_split=None,
        verbose=0,
    )
    data = Data(X.astype(np.float32), Y.astype(np.int64))
    task = BALD(net), data, SPLIT, [5, 5]
    rounds = list(learning_rounds(*task, warm_start=True))
    epochs = [len(round_.strategy.estimator_.history) for round_ in rounds]
    assert epochs == [2, 4, 6]
    again = list(learning_rounds(*task, warm_start=True, done=rounds[:2]))
    np.testing.assert_array_equal(again[0].labelled, rounds[2].labelled)
    np.testing.assert_array_equal(
        again[0].strategy.predict_proba(data[0]),
        rounds[2].strategy.predict_proba(data[0]),
    )


@pytest.mark.parametrize("n_done", [0, 1, 2, 3])
def test_rounds_that_are_done_are_replayed(n_done):
    every = rounds_of(Entropy(MLP), warm_start=True)
    rest = rounds_of(Entropy(MLP), warm_start=True, done=every[:n_done])
    assert [round_.number for round_ in rest] == list(range(n_done, 3))
    for a, b in zip(every[n_done:], rest, strict=True):
        np.testing.assert_array_equal(a.labelled, b.labelled)
        np.testing.assert_array_equal(
            a.strategy.predict_proba(X), b.strategy.predict_proba(X)
        )


def test_without_a_model_or_with_a_frozen_one_nothing_goes_on():
    frozen = FrozenEstimator(LogisticRegression(max_iter=3).fit(X, Y))
    for strategy in (CoreSet(), RandomSampling(frozen)):
        check_warm_start(strategy)
        before = seeded(strategy, np.random.default_rng(0)).fit(X, Y)
        after = seeded(strategy, np.random.default_rng(0))
        with going_on(after, before):
            after.fit(X, Y)
        assert repr(after) == repr(before)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (GaussianProcessClassifier(), None),
        (RandomForestClassifier(5), "RandomForestClassifier: it would keep"),
        ([MLP, MLP], "has none"),
        (BootstrapSampler(MLP), "BootstrapSampler, which fits new clones"),
        (LogisticRegression(), None),
        (StandardScaler(), "StandardScaler has none"),
    ],
)
def test_models_that_cannot_go_on_are_refused(model, message):
    if message is None:
        check_warm_start(BALD(model))
        return
    with pytest.raises(ValueError, match=message):
        check_warm_start(BALD(model))


def test_refused_before_the_work():
    forest = RandomForestClassifier(5)
    with pytest.raises(ValueError, match="learn nothing from new labels"):
        active_learning_curve(BALD(forest), X, Y, **OPTIONS, warm_start=True)
