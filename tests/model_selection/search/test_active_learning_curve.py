import sys
import warnings

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from skactive import BADGE, BALD, ICAL, CoreSet, Entropy, RandomSampling
from skactive.metrics import log_likelihood
from skactive.model_selection import LearningCurve, active_learning_curve
from skactive.model_selection.curves._rounds import seeded
from skactive.model_selection.curves._splits import Split
from skactive.pipeline import make_pipeline

X, Y = (part[:300] for part in load_digits(return_X_y=True))
FOREST = RandomForestClassifier(n_estimators=10)
SMALL = {"n": 5, "rounds": 2, "cv": 3, "random_state": 0}


def assert_same(a, b):
    np.testing.assert_array_equal(a.indices, b.indices)
    assert a.scores.keys() == b.scores.keys()
    for name in a.scores:
        np.testing.assert_array_equal(a.scores[name], b.scores[name])


def test_scores_are_those_of_models_fitted_by_hand():
    curve = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    for i, (_, test) in enumerate(StratifiedKFold(3).split(X, Y)):
        split = Split(i, None, None, None, seed=0)
        for t, n_labels in enumerate(curve.n_labels):
            rows = curve.indices[i, :n_labels]
            strategy = seeded(BALD(FOREST), split.chance(t)).fit(X[rows], Y[rows])
            by_hand = accuracy_score(Y[test], strategy.predict(X[test]))
            assert curve.scores["score"][i, t] == by_hand


def test_shapes():
    curve = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    np.testing.assert_array_equal(curve.n_labels, [20, 25, 30])
    assert curve.indices.shape == (3, 30)
    assert curve.fit_time.shape == curve.query_time.shape == (3, 3)
    assert np.isnan(curve.query_time[:, 0]).all()
    assert (curve.query_time[:, 1:] > 0).all()


def test_the_test_set_is_never_labelled():
    curve = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    for indices, (train, _) in zip(
        curve.indices, StratifiedKFold(3).split(X, Y), strict=True
    ):
        assert len(np.unique(indices)) == 30
        assert np.isin(indices, train).all()


@pytest.mark.parametrize("strategy", [ICAL(FOREST), Entropy(FOREST)])
def test_curves_of_one_seed_are_paired(strategy):
    curve = active_learning_curve(strategy, X, Y, **SMALL)
    baseline = active_learning_curve(RandomSampling(FOREST), X, Y, **SMALL)
    np.testing.assert_array_equal(curve.indices[:, :20], baseline.indices[:, :20])
    np.testing.assert_array_equal(
        curve.scores["score"][:, 0], baseline.scores["score"][:, 0]
    )
    assert not np.array_equal(curve.indices, baseline.indices)


def test_the_number_of_jobs_changes_nothing():
    one = active_learning_curve(ICAL(FOREST), X, Y, **SMALL, n_jobs=1)
    two = active_learning_curve(ICAL(FOREST), X, Y, **SMALL, n_jobs=2)
    assert_same(one, two)


def test_seeds():
    options = {**SMALL, "random_state": np.random.RandomState(0)}
    first = active_learning_curve(BALD(FOREST), X, Y, **options)
    second = active_learning_curve(BALD(FOREST), X, Y, **options)
    assert not np.array_equal(first.indices, second.indices)
    assert_same(
        active_learning_curve(BALD(FOREST, random_state=5), X, Y, **SMALL),
        active_learning_curve(BALD(FOREST), X, Y, **SMALL),
    )
    options = {**SMALL, "random_state": None}
    a, b = (active_learning_curve(BALD(FOREST), X, Y, **options) for _ in range(2))
    assert not np.array_equal(a.indices, b.indices)


def test_several_scorers():
    names = ["accuracy", "neg_log_loss"]
    curve = active_learning_curve(BALD(FOREST), X, Y, scoring=names, **SMALL)
    plain = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    np.testing.assert_array_equal(curve.scores["accuracy"], plain.scores["score"])

    def own(estimator, X, y):
        return -log_loss(y, estimator.predict_proba(X))

    renamed = active_learning_curve(
        BALD(FOREST), X, Y, scoring={"mine": own, "hit": "accuracy"}, **SMALL
    )
    assert list(renamed.scores) == ["mine", "hit"]
    np.testing.assert_allclose(renamed.scores["mine"], curve.scores["neg_log_loss"])
    single = active_learning_curve(BALD(FOREST), X, Y, scoring=own, **SMALL)
    np.testing.assert_array_equal(single.scores["score"], renamed.scores["mine"])


@pytest.mark.parametrize("bad", ["high", None, [0.5, 0.6]])
def test_a_scorer_that_returns_no_number(bad):
    def scoring(estimator, X, y):
        return {"skill": bad}

    with pytest.raises((TypeError, ValueError), match=r"for 'skill', which is not a"):
        active_learning_curve(Entropy(FOREST), X, Y, scoring=scoring, **SMALL)


def test_a_fixed_test_set_scores_every_repetition():
    options = {"X_test": X[200:], "y_test": Y[200:], **SMALL}
    curve = active_learning_curve(BALD(FOREST), X[:200], Y[:200], **options)
    assert curve.indices.shape == (3, 30)
    assert curve.indices.max() < 200
    split = Split(2, None, None, None, seed=0)
    rows = curve.indices[2, :25]
    strategy = seeded(BALD(FOREST), split.chance(1)).fit(X[rows], Y[rows])
    assert curve.scores["score"][2, 1] == strategy.score(X[200:], Y[200:])


def test_given_initial_rows():
    curve = active_learning_curve(
        RandomSampling(FOREST),
        X[:200],
        Y[:200],
        initial=np.arange(12),
        X_test=X[200:],
        y_test=Y[200:],
        **SMALL,
    )
    np.testing.assert_array_equal(curve.indices[:, :12], [np.arange(12)] * 3)


def test_a_splitter_with_candidates():
    cv = StratifiedShuffleSplit(2, test_size=0.5, random_state=0)
    curve = active_learning_curve(
        BALD(FOREST), X, Y, **{**SMALL, "cv": cv}, n_candidates=20
    )
    assert curve.indices.shape == (2, 30)


def test_no_rounds_is_the_score_of_the_initial_set():
    curve = active_learning_curve(BALD(FOREST), X, Y, **{**SMALL, "rounds": 0})
    assert curve.scores["score"].shape == (3, 1)
    assert curve.indices.shape == (3, 20)


def test_a_budget_stops_at_so_many_labels():
    options = {"cv": 2, "n": 5, "random_state": 0}
    curve = active_learning_curve(BALD(FOREST), X, Y, budget=32, **options)
    np.testing.assert_array_equal(curve.n_labels, [20, 25, 30, 32])
    rounds = active_learning_curve(BALD(FOREST), X, Y, rounds=2, **options)
    np.testing.assert_array_equal(curve.indices[:, :30], rounds.indices)
    assert (np.diff(np.sort(curve.indices, axis=1), axis=1) > 0).all()


def test_callbacks_see_every_round():
    seen, names = [], []
    callbacks = [seen.append, lambda round_: names.append(round_.name)]
    options = {**SMALL, "scoring": ["accuracy"]}
    curve = active_learning_curve(BALD(FOREST), X, Y, callbacks=callbacks, **options)
    assert names == ["BALD"] * 9
    assert [(r.split, r.number) for r in seen] == [
        (i, t) for i in range(3) for t in range(3)
    ]
    for round_ in seen:
        i, t = round_.split, round_.number
        np.testing.assert_array_equal(
            round_.labelled, curve.indices[i, : curve.n_labels[t]]
        )
        assert round_.scores == {"accuracy": curve.scores["accuracy"][i, t]}
        assert round_.fit_time == curve.fit_time[i, t]
        rows = StratifiedKFold(3).split(X, Y)
        test = list(rows)[i][1]
        assert round_.strategy.score(X[test], Y[test]) == round_.scores["accuracy"]
    alone = active_learning_curve(BALD(FOREST), X, Y, callbacks=seen.append, **SMALL)
    assert len(seen) == 18
    assert_same(alone, active_learning_curve(BALD(FOREST), X, Y, **SMALL))


def test_callbacks_may_write_to_what_they_get():
    seen = []

    def spoil(round_):
        round_.labelled[:] = 0
        round_.scores["score"] = 7.0
        round_.scores["another"] = 8.0

    plain = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    callbacks = [spoil, seen.append]
    spoilt = active_learning_curve(BALD(FOREST), X, Y, callbacks=callbacks, **SMALL)
    assert_same(spoilt, plain)
    np.testing.assert_array_equal(seen[2].labelled, plain.indices[0])
    initial = np.arange(12)
    options = {**SMALL, "initial": initial, "X_test": X[200:], "y_test": Y[200:]}
    active_learning_curve(BALD(FOREST), X[:200], Y[:200], callbacks=spoil, **options)
    np.testing.assert_array_equal(initial, np.arange(12))


class Weighted(RandomSampling):
    """Records the parameters of every fit in a class attribute."""

    seen = []

    def fit(self, X, y, **fit_params):
        self.seen.append((X, y, fit_params))
        return super().fit(X, y)


def test_fit_parameters_are_sliced_to_the_labelled_rows():
    Weighted.seen.clear()
    weight = np.arange(300.0)
    curve = active_learning_curve(
        Weighted(FOREST), X, Y, sample_weight=weight, classes=[1, 2], **SMALL
    )
    for i, (X_, y, params) in enumerate(Weighted.seen):
        split, round_ = divmod(i, 3)
        rows = curve.indices[split, : curve.n_labels[round_]]
        np.testing.assert_array_equal(X_, X[rows])
        np.testing.assert_array_equal(y, Y[rows])
        np.testing.assert_array_equal(params["sample_weight"], weight[rows])
        assert params["classes"] == [1, 2]


def test_weights_reach_the_model():
    weight = np.where(Y == 3, 1e3, 1e-3)
    options = {**SMALL, "scoring": "nll", "rounds": 0}
    model = GaussianNB(var_smoothing=0.1)
    heavy = active_learning_curve(Entropy(model), X, Y, sample_weight=weight, **options)
    for i, (_, test) in enumerate(StratifiedKFold(3).split(X, Y)):
        rows = heavy.indices[i]
        model.fit(X[rows], Y[rows], sample_weight=weight[rows])
        assert heavy.scores["score"][i] == log_likelihood(model, X[test], Y[test])
    plain = active_learning_curve(Entropy(model), X, Y, **options)
    assert not np.array_equal(heavy.scores["score"], plain.scores["score"])


def test_a_column_of_labels_gives_the_same_curves():
    pd = pytest.importorskip("pandas")
    options = {**SMALL, "scoring": ["accuracy", "nll", "ece"]}
    plain = active_learning_curve(Entropy(GaussianNB()), X, Y, **options)
    for y in (Y[:, None], pd.DataFrame({"digit": Y})):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of scikit-learn, that y is a column
            column = active_learning_curve(Entropy(GaussianNB()), X, y, **options)
        assert_same(column, plain)


@pytest.mark.parametrize("strategy", [Entropy, CoreSet, BADGE, BALD])
def test_torchs_global_generator_is_left_alone(strategy):
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    layers = torch.nn.Linear(64, 8), torch.nn.Dropout(), torch.nn.Linear(8, 10)
    net = skorch.NeuralNetClassifier(
        torch.nn.Sequential(*layers, torch.nn.Softmax(-1)),
        max_epochs=1,
        train_split=None,
        verbose=0,
    )
    before = torch.random.get_rng_state()
    data = X.astype(np.float32), Y.astype(np.int64)
    scoring = ["accuracy", "nll"]
    active_learning_curve(strategy(net), *data, scoring=scoring, **SMALL)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_scores_that_draw_from_a_global_generator_repeat(library):
    pytest.importorskip(library)

    def chance(estimator, X, y):
        if library == "numpy":
            return np.random.random()  # noqa: NPY002
        return sys.modules["torch"].rand(()).item()

    options = {**SMALL, "scoring": chance}
    curves = [active_learning_curve(BALD(FOREST), X, Y, **options) for _ in range(2)]
    assert_same(*curves)
    assert len(np.unique(curves[0].scores["score"])) == 9


def test_an_error_of_a_callback_ends_the_run():
    def stop(round_):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        active_learning_curve(BALD(FOREST), X, Y, callbacks=stop, **SMALL)


@pytest.mark.parametrize("n_workers", [1, 2])
def test_dask_runs_it(n_workers):
    distributed = pytest.importorskip("distributed")
    plain = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    with (
        distributed.LocalCluster(
            n_workers=n_workers, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        assert_same(active_learning_curve(BALD(FOREST), X, Y, **SMALL), plain)


def test_regression():
    X, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(n_estimators=10)
    options = {**SMALL, "initial": "random", "n_initial": 15}
    curve = active_learning_curve(ICAL(forest), X, y, **options)
    np.testing.assert_array_equal(curve.n_labels, [15, 20, 25])
    with pytest.raises(ValueError, match="model of ICAL is a regressor"):
        active_learning_curve(ICAL(forest), X, y)


def test_containers_make_no_difference():
    pd = pytest.importorskip("pandas")
    index = np.arange(300)[::-1]
    frame, series = pd.DataFrame(X, index=index), pd.Series(Y, index=index)
    plain = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    assert_same(active_learning_curve(BALD(FOREST), frame, series, **SMALL), plain)
    for matrix in (sparse.csr_matrix(X), sparse.csr_array(X)):
        assert_same(active_learning_curve(BALD(FOREST), matrix, Y, **SMALL), plain)
    names = [f"digit {label}" for label in Y]
    assert_same(active_learning_curve(BALD(FOREST), X, names, **SMALL), plain)


def test_inputs_may_be_read_only():
    arrays = [X[:200].copy(), Y[:200].copy(), X[200:].copy(), Y[200:].copy()]
    for array in arrays:
        array.flags.writeable = False
    X_, y, X_test, y_test = arrays
    options = {"X_test": X_test, "y_test": y_test, **SMALL}
    curve = active_learning_curve(BALD(FOREST), X_, y, **options)
    assert curve.indices.shape == (3, 30)


class Writer(RandomForestClassifier):
    """Overwrites the test points after it has scored them."""

    def score(self, X, y):
        score = super().score(X, y)
        X[:] = 0
        return score


def test_models_may_write_to_large_arrays_that_processes_share():
    tiled = np.tile(X[200:], (1, 100))  # large enough for joblib to map it
    options = {"X_test": tiled, "y_test": Y[200:], **SMALL, "rounds": 0, "n_jobs": 2}
    assert tiled.nbytes > 1e6
    strategy = RandomSampling(Writer(n_estimators=2))
    train = np.tile(X[:200], (1, 100))
    active_learning_curve(strategy, train, Y[:200], **options)
    np.testing.assert_array_equal(tiled[:, :64], X[200:])


def test_a_pipeline_that_ends_in_a_strategy():
    pipeline = make_pipeline(StandardScaler(), BALD(FOREST))
    curve = active_learning_curve(pipeline, X, Y, **SMALL)
    assert_same(curve, active_learning_curve(pipeline, X, Y, **SMALL))


def test_the_progress_bar_goes_over_the_rounds(capsys):
    active_learning_curve(RandomSampling(FOREST), X, Y, **SMALL)
    assert capsys.readouterr().err == ""
    active_learning_curve(RandomSampling(FOREST), X, Y, **SMALL, verbose=1)
    shown = capsys.readouterr().err
    assert "RandomSampling: 100%" in shown
    assert "9/9" in shown


def test_the_table_has_a_row_for_each_split_and_round():
    pytest.importorskip("pandas")
    curve = LearningCurve(
        n_labels=np.array([2, 4]),
        scores={"a": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.zeros((2, 2))},
        indices=np.zeros((2, 4), dtype=int),
        fit_time=np.array([[5.0, 6.0], [7.0, 8.0]]),
        query_time=np.array([[np.nan, 1.0], [np.nan, 2.0]]),
    )
    frame = curve.to_frame()
    expected = ["split", "round", "n_labels", "a", "b", "fit_time", "query_time"]
    assert list(frame.columns) == expected
    row = frame[(frame["split"] == 1) & (frame["round"] == 1)].iloc[0]
    assert list(row) == [1, 1, 4, 4.0, 0.0, 8.0, 2.0]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 0}, ValueError, "n == 0"),
        ({"n": 2.0}, TypeError, "n must be an instance"),
        ({"rounds": -1}, ValueError, "rounds == -1"),
        ({"n_candidates": 4}, ValueError, "n_candidates == 4"),
        ({"rounds": 100}, ValueError, "500 labels, but the pool of split 0 has 180"),
        ({"X_test": X}, ValueError, "both X_test and y_test"),
        ({"budget": 0}, ValueError, "budget == 0"),
        ({"callbacks": [3]}, TypeError, "callbacks must be callable, but 3 is not"),
        ({"X_test": X, "y_test": Y[1:]}, ValueError, "inconsistent numbers"),
        ({"y": Y[1:]}, ValueError, "inconsistent numbers"),
        ({"scoring": "accurate"}, ValueError, "scoring"),
        ({"scoring": []}, ValueError, r"scoring=\[\] has no scorer"),
        ({"scoring": {}}, ValueError, r"scoring=\{\} has no scorer"),
        ({"cv": []}, ValueError, r"cv=\[\] yields no splits"),
        ({"y": None}, ValueError, "y is None; pass the labels of all points"),
        ({"y": np.c_[Y, Y]}, ValueError, r"y has shape \(300, 2\), but strategies"),
        ({"y": np.c_[Y, Y], "initial": "random"}, ValueError, r"\(300, 2\)"),
        ({"rouds": 3}, TypeError, "rouds"),
        ({"strategy": FOREST}, TypeError, "not a query strategy"),
        ({"strategy": RandomSampling()}, TypeError, "score"),
        ({"random_state": "one"}, ValueError, "seed"),
    ],
)
def test_errors_come_before_the_work(options, error, message):
    options = {"strategy": BALD(FOREST), "X": X, "y": Y, **SMALL, **options}
    with pytest.raises(error, match=message):
        active_learning_curve(**options)
