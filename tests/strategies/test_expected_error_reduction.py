import copy
import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import ExpectedErrorReduction
from skactive.samplers import BootstrapSampler, EnsembleSampler

X, Y = make_classification(
    70, 5, n_informative=4, n_redundant=0, n_classes=3, class_sep=0.6, random_state=0
)
NAMES = np.array(["no", "perhaps", "yes"])
L, POOL = slice(0, 30), slice(30, None)


def literal(model, X, y, pool, loss, **params):
    """Roy and McCallum 2001: every point, label and reference point."""
    model = clone(model).fit(X, y, **{name: w[:-1] for name, w in params.items()})
    scores = []
    for x, p_c in zip(pool, model.predict_proba(pool), strict=True):
        after = 0.0
        for label, p in zip(model.classes_, p_c, strict=True):
            again = clone(model).fit(np.r_[X, [x]], np.r_[y, [label]], **params)
            after += p * mean_loss(again, pool, loss)
        scores.append(mean_loss(model, pool, loss) - after)
    return scores


def mean_loss(model, pool, loss):
    losses = []
    for p_c in model.predict_proba(pool).tolist():
        if loss == "log":
            losses.append(-sum(p * math.log(p) for p in p_c if p > 0))
        else:
            losses.append(1 - max(p_c))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("loss", ["log", "zero_one"])
@pytest.mark.parametrize("labels", [Y, NAMES[Y]], ids=["numbers", "names"])
@pytest.mark.parametrize("model", [GaussianNB(), KNeighborsClassifier(3)], ids=str)
def test_scores_are_those_of_the_literal_loop(model, labels, loss):
    strategy = ExpectedErrorReduction(model, loss=loss).fit(X[L], labels[L])
    expected = literal(model, X[L], labels[L], X[POOL], loss)
    scores = strategy.score_samples(X[POOL])
    assert_allclose(scores, expected, rtol=0, atol=1e-12)
    strategy.set_params(n_candidates=None, n_jobs=2)
    picks, gains = strategy.query(X[POOL], 5, return_scores=True)
    assert_allclose(gains, np.sort(expected)[::-1][:5], rtol=0, atol=1e-12)
    assert_array_equal(gains, scores[picks])


@pytest.mark.parametrize("device", ["numpy", "cpu"])
def test_scores_of_an_ensemble_are_those_of_its_mean(device):
    if device == "cpu":
        pytest.importorskip("torch")
    forest = RandomForestClassifier(7, min_samples_leaf=2, random_state=3)
    strategy = ExpectedErrorReduction(EnsembleSampler(forest, device=device))
    scores = strategy.fit(X[L], Y[L]).score_samples(X[POOL][:10])
    expected = literal(forest, X[L], Y[L], X[POOL][:10], "log")
    assert_allclose(scores, expected, rtol=0, atol=1e-12)


def test_weights_go_to_the_refits():
    weight = np.random.default_rng(0).uniform(0.1, 9, size=30)
    longer = np.r_[weight, weight.mean()]
    expected = literal(GaussianNB(), X[L], Y[L], X[POOL], "log", sample_weight=longer)
    plain = literal(GaussianNB(), X[L], Y[L], X[POOL], "log")
    assert not np.allclose(plain, expected)
    strategy = ExpectedErrorReduction(GaussianNB())
    strategy.fit(X[L], Y[L], sample_weight=weight)
    assert len(weight) == 30
    assert_allclose(strategy.score_samples(X[POOL]), expected, atol=1e-12)
    chained = ExpectedErrorReduction(make_pipeline(StandardScaler(), GaussianNB()))
    chained.fit(X[L], Y[L], gaussiannb__sample_weight=weight.tolist())
    weighed = chained.score_samples(X[POOL][:3])
    chained.fit(X[L], Y[L])
    assert not np.allclose(weighed, chained.score_samples(X[POOL][:3]))


def test_weights_are_routed_to_the_refits():
    weight = np.random.default_rng(0).uniform(0.1, 9, size=30)
    plain = ExpectedErrorReduction(GaussianNB())
    expected = plain.fit(X[L], Y[L], sample_weight=weight).score_samples(X[POOL])
    with config_context(enable_metadata_routing=True):
        model = GaussianNB().set_fit_request(sample_weight=True)
        routed = ExpectedErrorReduction(model).fit(X[L], Y[L], sample_weight=weight)
        assert_allclose(routed.score_samples(X[POOL]), expected, rtol=1e-12)


def test_what_is_known_of_labelled_points_alone_is_refused():
    strategy = ExpectedErrorReduction(GaussianNB())
    with pytest.raises(ValueError, match="groups has one value per labelled point"):
        strategy.fit(X[L], Y[L], groups=np.zeros(30))


def test_labels_of_no_probability_take_no_fit(monkeypatch):
    fits = []
    fit = KNeighborsClassifier.fit
    monkeypatch.setattr(
        KNeighborsClassifier, "fit", lambda *args: fits.append(1) or fit(*args)
    )
    strategy = ExpectedErrorReduction(KNeighborsClassifier(2)).fit(X[L], Y[L])
    possible = strategy.predict_proba(X[POOL]) > 0
    fits.clear()
    strategy.score_samples(X[POOL])
    assert len(fits) == possible.sum() < possible.size


def test_candidates_are_few_and_drawn_by_the_seed():
    fit = ExpectedErrorReduction(GaussianNB(), n_candidates=6, random_state=0).fit
    strategy = fit(X[L], Y[L])
    scores = strategy.score_samples(X[POOL])
    picks, gains = strategy.query(X[POOL], 6, return_scores=True)
    assert_allclose(gains, scores[picks])  # all that were looked at, in order
    assert np.all(np.diff(gains) <= 0)
    assert set(picks) != set(np.argsort(-scores)[:6])
    assert set(strategy.query(X[POOL], 2)) == set(picks[:2])
    assert_array_equal(fit(X[L], Y[L]).query(X[POOL], 6), picks)
    strategy.random_state = 1
    assert set(strategy.query(X[POOL], 6)) != set(picks)
    assert len(strategy.query(X[POOL], 11)) == 11  # no fewer than the batch


def test_candidates_pending_and_costs():
    strategy = ExpectedErrorReduction(GaussianNB(), n_candidates=None).fit(X[L], Y[L])
    scores = strategy.score_samples(X[POOL])
    order = np.argsort(-scores)
    assert_array_equal(strategy.query(X[POOL], 4), order[:4])
    assert_array_equal(strategy.query(X[POOL], 2, pending=order[:3]), order[3:5])
    assert_array_equal(
        strategy.query(X[POOL], 3, candidates=order[10:20]), order[10:13]
    )
    cost = np.ones(40)
    cost[order[0]] = 100.0
    few = strategy.set_params(n_candidates=30)
    batch = few.query(X[POOL], None, cost=cost, budget=3.0)
    assert len(batch) == 3
    assert order[0] not in batch


def test_reference_points_are_few():
    strategy = ExpectedErrorReduction(GaussianNB(), n_reference=5, random_state=0)
    strategy.fit(X[L], Y[L])
    rows = np.sort(strategy._rng().choice(40, 5, replace=False))
    before = mean_loss(GaussianNB().fit(X[L], Y[L]), X[POOL][rows], "log")
    f = strategy._objective(X[POOL], strategy._rng())
    assert_allclose(f.now, before, rtol=1e-12)


@pytest.mark.parametrize("convert", [pd.DataFrame, csr_matrix, np.ndarray.tolist])
def test_containers(convert):
    model = KNeighborsClassifier(3)
    expected = ExpectedErrorReduction(model).fit(X[L], Y[L]).score_samples(X[POOL][:5])
    strategy = ExpectedErrorReduction(model)
    for y in (Y[L], Y[L].tolist(), pd.Series(Y[L], dtype="Int64")):
        strategy.fit(convert(X[L]), y)
        assert_allclose(strategy.score_samples(convert(X[POOL][:5])), expected)


def test_texts_and_labels_of_many_lengths():
    texts = ["good film", "bad film", "dull plot", "good plot"]
    model = make_pipeline(CountVectorizer(), MultinomialNB())
    strategy = ExpectedErrorReduction(model).fit(texts, ["yes", "no", "no", "yes"])
    assert len(strategy.query(["a good cast", "bad", "dull"], 2)) == 2


def test_points_and_labels_are_copied():
    given, labels = X[L].copy(), Y[L].copy()
    strategy = ExpectedErrorReduction(GaussianNB()).fit(given, labels)
    before = strategy.score_samples(X[POOL][:5])
    given[:], labels[:] = 0, 0
    assert_array_equal(strategy.score_samples(X[POOL][:5]), before)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_warm_start_goes_on_from_the_present_model():
    net = MLPClassifier((4,), max_iter=3, warm_start=True, random_state=0)
    strategy = ExpectedErrorReduction(net, random_state=0).fit(X[L], Y[L])
    trained, x = strategy.estimator_, X[POOL][:1]
    score = strategy.score_samples(x)[0]
    assert trained.t_ == 3 * 30  # points that it has seen: it stays as it was
    expected = mean_loss(trained, x, "log")
    for label, p in enumerate(trained.predict_proba(x)[0]):
        again = copy.deepcopy(trained).fit(np.r_[X[L], x], np.r_[Y[L], label])
        assert again.t_ == 3 * 30 + 3 * 31
        expected -= p * mean_loss(again, x, "log")
    assert_allclose(score, expected, rtol=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5, warm_start=True, random_state=0),
        BootstrapSampler(
            LogisticRegression(warm_start=True), n_draws=3, random_state=0
        ),
    ],
    ids=["forest", "bootstrap"],
)
def test_members_of_an_ensemble_begin_anew(model):
    cold = clone(model)
    cold.set_params(**{n: False for n in cold.get_params() if "warm_start" in n})
    scores = [
        ExpectedErrorReduction(m, random_state=0)
        .fit(X[L], Y[L])
        .score_samples(X[POOL][:3])
        for m in (model, cold)
    ]
    assert_allclose(scores[0], scores[1])
    assert np.any(scores[0] != 0)


def test_a_dataset_holds_its_labels():
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    torch.manual_seed(0)
    net = skorch.NeuralNetClassifier(
        torch.nn.Linear,
        module__in_features=5,
        module__out_features=3,
        criterion=torch.nn.CrossEntropyLoss,
        train_split=None,
        max_epochs=2,
        verbose=0,
    )
    single = X.astype(np.float32)
    strategy = ExpectedErrorReduction(net, random_state=0)
    expected = strategy.fit(single[L], Y[L]).score_samples(single[POOL][:6])
    parts = torch.as_tensor(single), torch.as_tensor(Y)
    labelled = torch.utils.data.TensorDataset(*(part[L] for part in parts))
    pool = torch.utils.data.TensorDataset(*(part[30:36] for part in parts))
    strategy.fit(labelled, None)
    assert_allclose(strategy.score_samples(pool), expected)
    assert_allclose(strategy.score_samples(single[POOL][:6]), expected)
    with pytest.raises(TypeError, match="pass both as the same kind of container"):
        strategy.fit(single[L], Y[L]).score_samples(pool)


@pytest.mark.parametrize("wrap", [lambda m: m, EnsembleSampler])
def test_a_frozen_model_is_refused(wrap):
    frozen = FrozenEstimator(RandomForestClassifier(3).fit(X, Y))
    with pytest.raises(ValueError, match="FrozenEstimator cannot be refitted"):
        ExpectedErrorReduction(wrap(frozen)).fit(X[L], Y[L])


def test_all_the_same_is_said():
    """One class: the model is the same whatever is added."""
    strategy = ExpectedErrorReduction(GaussianNB())
    with pytest.warns(UserWarning, match="all of one class"):
        strategy.fit(X[L], np.zeros(30, dtype=int))
    with pytest.warns(UserWarning, match="all candidates have the same gain"):
        strategy.query(X[POOL], 2)


def test_progress_is_shown_if_wanted(capsys):
    strategy = ExpectedErrorReduction(GaussianNB()).fit(X[L], Y[L])
    strategy.query(X[POOL])
    assert not capsys.readouterr().err
    strategy.set_params(verbose=1).query(X[POOL])
    assert "candidates: 100%" in capsys.readouterr().err
