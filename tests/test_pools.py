import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import qmc
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from skactive import ICAL, Entropy, MaxVariance
from skactive.base import PointwiseStrategy
from skactive.pools import ask_stream, make_box, refine
from tests.draws import GivenDraws, fitted, pool_of

BOUNDS = [(0.0, 1.0), (-10.0, 10.0)]
METHODS = ["sobol", "halton", "latin", "random"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 64, 100])
def test_a_box_is_filled_within_its_bounds(method, n):
    X = make_box(BOUNDS, n, method, random_state=0)
    assert X.shape == (n, 2)
    assert (X >= [0, -10]).all()
    assert (X <= [1, 10]).all()
    assert_array_equal(X, make_box(BOUNDS, n, method, random_state=0))
    assert (make_box(BOUNDS, n, method, random_state=1) != X).any()


@pytest.mark.parametrize("method", METHODS[:3])
def test_sequences_leave_fewer_gaps_than_chance(method):
    def gaps(method, seed):
        unit = make_box([(0, 1)] * 2, 100, method, random_state=seed)
        return qmc.discrepancy(unit)

    seeds = range(20)
    chance = np.mean([gaps("random", seed) for seed in seeds])
    assert np.mean([gaps(method, seed) for seed in seeds]) < chance / 3


@pytest.mark.parametrize(
    ("bounds", "match"),
    [
        ([(0, 1), (2, 1)], "bounds of feature 1"),
        ([(0, np.inf)], "bounds of feature 0"),
        ([0, 1], "shape"),
        ([], "shape"),
    ],
)
def test_bounds_are_checked(bounds, match):
    with pytest.raises(ValueError, match=match):
        make_box(bounds, 3)


def test_arguments_of_a_box_are_checked():
    with pytest.raises(ValueError, match="n=0"):
        make_box(BOUNDS, 0)
    with pytest.raises(ValueError, match="'grid'"):
        make_box(BOUNDS, 3, "grid")


class Height(PointwiseStrategy):
    """The score is the drawn value, with a maximum at (.3, 4)."""

    tasks = ("regression",)

    def _score(self, f_nkc):
        return f_nkc[:, 0, 0]


class Hill:
    task = "regression"

    def fit(self, X, y):
        return self

    def draw(self, X, rng):
        z = (np.asarray(X) - [0.3, 4.0]) / [1.0, 20.0]
        return np.exp(-20 * (z**2).sum(axis=1))[:, None, None] * np.ones((1, 2, 1))


def test_refined_picks_climb_the_hill():
    X = make_box(BOUNDS, 16, random_state=0)
    strategy = Height(Hill()).fit(X, X[:, 0])
    highest, picked = [], None
    for rounds in (0, 1, 3, 8):
        picked, scores = refine(strategy, X, BOUNDS, rounds, random_state=0)
        highest.append(scores[0])
    assert_allclose(picked[0] / [1, 20], [0.3, 0.2], atol=0.01)
    assert (np.diff(highest) >= 0).all()
    assert highest[0] < 0.9 < 0.999 < highest[-1]


def test_no_rounds_are_a_plain_query():
    X = make_box(BOUNDS, 16, random_state=0)
    strategy = Height(Hill()).fit(X, X[:, 0])
    picked, scores = refine(strategy, X, BOUNDS, 0, n=3)
    indices, expected = strategy.query(X, 3, return_scores=True)
    assert_array_equal(picked, X[indices])
    assert_array_equal(scores, expected)


def test_the_widest_gap_of_a_gaussian_process_is_found():
    """By symmetry the variance between 0 and .6 is largest in the middle."""
    model = GaussianProcessRegressor(RBF(0.2, "fixed"))
    strategy = MaxVariance(model, random_state=0)
    strategy.fit(np.array([[0.0], [0.6], [1.0]]), np.zeros(3))
    X = make_box([(0, 1)], 8, random_state=0)
    picked, _ = refine(strategy, X, [(0, 1)], 6, random_state=0)
    assert abs(picked[0, 0] - 0.3) < 0.05


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"X": [[0.5, 11.0]]}, "row 0 of X"),
        ({"X": [[0.5]]}, "2 features"),
        ({"rounds": -1}, "rounds"),
        ({"shrink": 1.0}, "shrink"),
    ],
)
def test_arguments_of_refine_are_checked(change, match):
    X = make_box(BOUNDS, 4, random_state=0)
    strategy = Height(Hill()).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=match):
        refine(strategy, **{"X": X, "bounds": BOUNDS, **change})


def test_single_precision_stays():
    X = make_box([(0.1, 0.7), (-1, 1)], 16, random_state=0).astype(np.float32)
    strategy = Height(Hill()).fit(X, X[:, 0])
    picked, _ = refine(strategy, X, [(0.1, 0.7), (-1, 1)], 8, random_state=0)
    assert picked.dtype == np.float32
    assert (picked <= np.float32([0.7, 1])).all()
    assert_allclose(picked[0], [0.3, 1.0], atol=0.02)


def net_strategy(sampler=None, seed=0, **options):
    """ICAL of a small net on the unit square, its pool, and the bounds."""
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        *(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Dropout(0.3)),
        *(torch.nn.Linear(16, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)),
    ).double()
    net = skorch.NeuralNetRegressor(module, verbose=0, max_epochs=5, train_split=None)
    X = make_box([(0, 1)] * 2, 64, random_state=1)
    given = {"n_condense": 20, "random_state": seed, **options}
    model = net if sampler is None else sampler(net)
    return ICAL(model, **given).fit(X[:9], np.sin(6 * X[:9, :1])), X, [(0, 1)] * 2


@pytest.mark.slow
def test_picks_climb_the_gradient():
    strategy, X, bounds = net_strategy()
    before, at_first = refine(strategy, X, bounds, 0, n=4, method="gradient")
    indices, scores = strategy.query(X, return_scores=True)
    assert_array_equal(before[0], X[indices[0]])
    assert_allclose(at_first[0], scores[0], rtol=1e-9)
    heights = [at_first[0]]
    for steps in (1, 3, 30):
        picked, scores = refine(strategy, X, bounds, steps, n=4, method="gradient")
        heights.append(scores[0])
    assert (np.diff(heights) >= 0).all()
    assert heights[-1] > heights[0]
    assert picked.shape == (4, 2)
    assert ((picked >= 0) & (picked <= 1)).all()


def test_the_end_of_a_climb_is_higher_than_around_it():
    """The gain of the end, beside points around it, in the pool of one query."""
    strategy, X, bounds = net_strategy(n_condense=64)
    picked, _ = refine(strategy, X, bounds, 100, method="gradient")
    around = picked + 0.02 * np.random.default_rng(0).normal(size=(200, 2))
    gains = strategy._free_gains(X, strategy._rng())
    torch = pytest.importorskip("torch")
    points = torch.as_tensor(np.concatenate([picked, np.clip(around, 0, 1)]))
    assert int(gains(points).argmax()) == 0


def test_single_precision_and_other_samplers_climb():
    pytest.importorskip("torch")
    from skactive.samplers import LaplaceSampler

    strategy, X, bounds = net_strategy(LaplaceSampler)
    _, (first, *_) = refine(strategy, X, bounds, 0, method="gradient")
    _, (last, *_) = refine(strategy, X, bounds, 20, method="gradient")
    assert last > first
    strategy.estimator_.module_.float()
    picked, _ = refine(strategy, X.astype("float32"), bounds, 3, method="gradient")
    assert picked.dtype == np.float32


def test_where_there_is_no_gradient_it_is_said():
    X = make_box(BOUNDS, 16, random_state=0)
    flat = Height(Hill()).fit(X, X[:, 0])
    with pytest.raises(TypeError, match="Height has no gradient"):
        refine(flat, X, BOUNDS, method="gradient")
    with pytest.raises(ValueError, match="'slope'"):
        refine(flat, X, BOUNDS, method="slope")
    forest = ICAL(RandomForestRegressor(5)).fit(X, X[:, 0])
    with pytest.raises(TypeError, match=r"EnsembleSampler\(Random.*a skorch net"):
        refine(forest, X, BOUNDS, method="gradient")
    joint = ICAL(RandomForestRegressor(5), batch_kernel="joint").fit(X, X[:, 0])
    with pytest.raises(TypeError, match="batch_kernel='mean'"):
        refine(joint, X, BOUNDS, method="gradient")
    classes = ICAL(RandomForestClassifier(5)).fit(X, X[:, 0] > 0.5)
    with pytest.raises(TypeError, match="labels are drawn"):
        refine(classes, X, BOUNDS, method="gradient")
    with pytest.raises(ValueError, match="n=17 is larger than the pool"):
        refine(forest, X, BOUNDS, n=17, method="gradient")


def stream(n=3000, seed=0):
    p = np.random.default_rng(seed).uniform(size=n)
    draws = np.stack([p, 1 - p], axis=1)[:, None]
    return fitted(Entropy(GivenDraws(draws))), pool_of(draws)


def literal(scores, budget, window):
    """The decision rule, a point at a time, by sorting."""
    asks = []
    for i, score in enumerate(scores):
        last = sorted(scores[max(0, i + 1 - window) : i + 1], reverse=True)
        share = int(budget * len(last) + 1e-9)
        asks.append(share > 0 and sum(s >= score for s in last) <= share)
    return asks


def test_a_stream_is_queried_by_a_running_quantile():
    strategy, X = stream()
    asks, seen = ask_stream(strategy, X, 0.2, window=200)
    scores = strategy.score_samples(X)
    assert_array_equal(asks, literal(scores, 0.2, 200))
    assert_array_equal(seen, scores[-200:])
    assert 0.17 < asks.mean() < 0.23
    assert scores[asks].mean() > scores[~asks].mean()


@pytest.mark.parametrize("size", [1, 7, 500])
def test_how_a_stream_is_cut_changes_nothing(size):
    strategy, X = stream(60 if size == 1 else 500)
    expected, _ = ask_stream(strategy, X, window=50)
    seen, asks = (), []
    for start in range(0, len(X), size):
        some, seen = ask_stream(strategy, X[start : start + size], window=50, seen=seen)
        asks.extend(some)
    assert_array_equal(asks, expected)


def test_ties_and_the_first_points_never_exceed_the_budget():
    draws = np.full((100, 1, 2), 0.5)
    asks, _ = ask_stream(fitted(Entropy(GivenDraws(draws))), pool_of(draws))
    assert not asks.any()
    strategy, X = stream(100)
    assert not ask_stream(strategy, X)[0][:9].any()
    assert ask_stream(strategy, X, 1.0)[0].all()


@pytest.mark.parametrize("change", [{"budget": 0}, {"budget": 1.1}, {"window": 9}])
def test_arguments_of_a_stream_are_checked(change):
    strategy, X = stream(10)
    with pytest.raises(ValueError, match="budget must lie in"):
        ask_stream(strategy, X, **change)
    with pytest.raises(ValueError, match="NaN"):
        ask_stream(strategy, X, seen=[np.nan])
