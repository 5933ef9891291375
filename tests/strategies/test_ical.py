import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD, EPIG, ICAL, ICALPointwise
from skactive._utils.scikit_learn import InvalidParameterError
from skactive.kernels import dhsic, rational_quadratic, squared_distances
from tests.draws import GivenDraws, fitted, pool_of

BOTH = pytest.mark.parametrize("cls", [ICAL, ICALPointwise])


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:80], y[:80], X[80:280]


def example_1(size):
    """Table 1 of the paper: one point that tells models apart, many that are alike."""
    x_1 = np.eye(4)[[0, 1, 2, 3, 3, 3, 3, 3, 3, 3]]
    x_2 = np.eye(4)[[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
    return np.stack([x_1] + [x_2] * (size - 1))


@BOTH
def test_example_1_of_the_paper(cls):
    """BALD asks the point that says most about the model; ICAL, about the others."""
    draws = example_1(40)
    assert fitted(BALD(GivenDraws(draws))).query(pool_of(draws))[0] == 0
    assert fitted(cls(GivenDraws(draws), random_state=0)).query(pool_of(draws))[0] == 1


def test_scores_are_dhsic_of_the_drawn_values_with_the_pool():
    """In regression nothing is drawn but the functions: the score is written out."""
    draws = np.random.default_rng(0).normal(size=(30, 8, 1))
    strategy = fitted(ICAL(GivenDraws(draws, "regression"), random_state=0))
    unit = np.sqrt(draws.var(axis=1).mean(axis=0))
    kernels = rational_quadratic(squared_distances(draws / unit))
    expected = [dhsic(kernels.mean(axis=0), kernel) for kernel in kernels]
    assert_allclose(strategy.score_samples(pool_of(draws)), expected, rtol=1e-9)


def test_labels_are_drawn_from_the_probabilities():
    """Over seeds, a score's mean is that over all labellings of the two draws."""
    draws = np.array([[[0.3, 0.7], [0.9, 0.1]], [[0.5, 0.5], [0.2, 0.8]]])
    scores = [
        fitted(ICAL(GivenDraws(draws), random_state=seed)).score_samples(pool_of(draws))
        for seed in range(400)
    ]
    # k = 2: dHSIC of two points whose two labels differ is ((1 - kappa) / 2)^2, else 0
    differ = [1 - (draws[i, 0] * draws[i, 1]).sum() for i in range(2)]
    unit = ((1 - 0.52450) / 2) ** 2
    own, both = np.array(differ), differ[0] * differ[1]
    assert_allclose(np.mean(scores, axis=0), unit * (own + both) / 2, rtol=0.15)


@BOTH
def test_forests_on_digits(cls, digits):
    X, y, X_pool = digits
    strategy = cls(RandomForestClassifier(30), random_state=0).fit(X, y)
    indices, gains = strategy.query(X_pool, 20, return_scores=True)
    assert len(set(indices.tolist())) == 20
    assert (gains >= 0).all()
    assert gains[0] == pytest.approx(strategy.score_samples(X_pool).max())


@BOTH
def test_regression(cls):
    X, y = load_diabetes(return_X_y=True)
    strategy = cls(RandomForestRegressor(20), random_state=0).fit(X[:60], y[:60])
    targets = cls(RandomForestRegressor(20), random_state=0)
    targets.fit(X[:60], np.column_stack([y[:60], X[:60, 0] * 1000]))
    for fit in (strategy, targets):
        assert len(set(fit.query(X[60:], 9).tolist())) == 9


def test_the_unit_of_the_targets_does_not_matter():
    draws = np.random.default_rng(0).normal(size=(40, 8, 1))
    batches = [
        fitted(ICAL(GivenDraws(scale * draws, "regression"), random_state=0)).query(
            pool_of(draws), 9
        )
        for scale in (1.0, 1e6)
    ]
    assert_array_equal(*batches)


@BOTH
def test_steps_of_several_points_begin_with_the_same_pick(cls, digits):
    X, y, X_pool = digits
    one = cls(RandomForestClassifier(30), random_state=0).fit(X, y)
    several = cls(RandomForestClassifier(30), n_per_step=5, random_state=0).fit(X, y)
    assert several.query(X_pool, 10)[0] == one.query(X_pool, 10)[0]
    assert len(set(several.query(X_pool, 12).tolist())) == 12


@BOTH
def test_candidates_restrict_the_picks_and_not_the_pool(cls, digits):
    X, y, X_pool = digits
    strategy = cls(RandomForestClassifier(30), random_state=0).fit(X, y)
    scores = strategy.score_samples(X_pool)
    rows = np.arange(0, 200, 7)
    pick, gain = strategy.query(X_pool, candidates=rows, return_scores=True)
    assert pick[0] == rows[scores[rows].argmax()]
    assert gain[0] == pytest.approx(scores[rows].max())


@BOTH
def test_inside_a_pipeline_the_transforms_are_used(cls, digits):
    X, y, X_pool = digits
    forest = RandomForestClassifier(30, random_state=0)
    inside = cls(make_pipeline(StandardScaler(), forest), random_state=0)
    scaler = StandardScaler().fit(X)
    by_hand = cls(forest, random_state=0).fit(scaler.transform(X), y)
    assert_array_equal(
        inside.fit(X, y).query(X_pool, 6), by_hand.query(scaler.transform(X_pool), 6)
    )


@BOTH
@pytest.mark.parametrize(
    "bad",
    [
        {"n_condense": 0},
        {"n_per_step": 1.5},
        {"resample": "no"},
        {"length_scales": 1.0},
    ],
)
def test_bad_parameters_are_refused(cls, bad, digits):
    X, y, _ = digits
    with pytest.raises(InvalidParameterError, match=next(iter(bad))):
        cls(RandomForestClassifier(), **bad).fit(X, y)


@pytest.mark.parametrize("bad", [[], [1.0, -2.0], [0.0], [np.nan]])
def test_length_scales_are_positive(bad, digits):
    X, y, _ = digits
    with pytest.raises(ValueError, match="length_scales"):
        ICAL(RandomForestClassifier(), length_scales=bad).fit(X, y)


def test_an_unknown_batch_kernel_is_refused(digits):
    X, y, _ = digits
    with pytest.raises(InvalidParameterError, match="batch_kernel"):
        ICAL(RandomForestClassifier(), batch_kernel="sum").fit(X, y)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_mutual_information_is_the_objective_of_epig(task):
    rng = np.random.default_rng(0)
    shape = (30, 8, 2)
    labels = task == "classification"
    draws = (
        rng.dirichlet([0.5] * 3, size=shape[:2]) if labels else rng.normal(size=shape)
    )
    ical = ICAL(GivenDraws(draws, task), dependence="mutual_information", n_condense=9)
    epig = EPIG(GivenDraws(draws, task), batch="greedy", n_reference=9)
    pool = pool_of(draws)
    found, expected = (
        fitted(s, random_state=3).query(pool, 4, return_scores=True)
        for s in (ical, epig)
    )
    assert_array_equal(found[0], expected[0])
    assert_array_equal(found[1], expected[1])
    picks = fitted(ical).query(pool, 3, cost=np.full(30, 2.0), budget=6.0)
    assert len(picks) == 3


def test_copies_in_batches_by_kind():
    """Certain draws, five doubts ten times each: mutual information takes no copy."""
    doubts = np.eye(3)[np.random.default_rng(0).integers(3, size=(5, 64))]
    copies = np.repeat(doubts, 10, axis=0)
    picks = fitted(
        ICAL(GivenDraws(copies), random_state=0),
        dependence="mutual_information",
        max_configurations=81,
    ).query(pool_of(copies), 5)
    assert_array_equal(np.unique(picks // 10), range(5))
