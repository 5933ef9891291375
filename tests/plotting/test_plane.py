import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_moons
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skactive import BALD, ICAL, CoreSet, Entropy
from skactive.plotting import QueryDisplay
from skactive.plotting._plane import as_plane, check_picks

X, Y = make_moons(120, noise=0.2, random_state=0)
LABELLED, POOL = X[:20], X[20:]
FOREST = RandomForestClassifier(10, min_samples_leaf=2)


def as_pandas(points):
    return pytest.importorskip("pandas").DataFrame(points, columns=["u", "v"])


def as_polars(points):
    return pytest.importorskip("polars").DataFrame(points, schema=["u", "v"])


CONTAINERS = [
    sparse.csr_matrix,
    sparse.csr_array,
    sparse.csc_matrix,
    as_pandas,
    as_polars,
]


@pytest.mark.parametrize("held", CONTAINERS, ids=lambda held: held.__name__)
@pytest.mark.parametrize("strategy", [BALD(FOREST), ICAL(FOREST), CoreSet()])
def test_containers_make_no_difference(plt, held, strategy):
    strategy.set_params(random_state=0)

    def draw(held):
        strategy.fit(held(LABELLED), Y[:20])
        return QueryDisplay.from_estimator(
            strategy, held(POOL), n=4, grid_resolution=7, X=held(LABELLED), y=Y[:20]
        )

    plain, other = draw(np.asarray), draw(held)
    np.testing.assert_array_equal(other.indices, plain.indices)
    assert (other.field is None) == (plain.field is None)
    if plain.field is not None:
        np.testing.assert_allclose(other.field, plain.field)
    places = [[text.xy for text in display.ax_.texts] for display in (plain, other)]
    np.testing.assert_allclose(*places)


def test_the_grid_lies_between_points_of_whole_numbers(plt):
    pool = np.array([[0, 0], [0, 3], [3, 0], [3, 3]])
    strategy = Entropy(LogisticRegression()).fit(pool, [0, 1, 1, 1])
    options = {"field": "grid", "grid_resolution": 5, "n": 1}
    xx0, xx1, scores = QueryDisplay.from_estimator(strategy, pool, **options).field
    points = np.stack([xx0.ravel(), xx1.ravel()], axis=1)
    np.testing.assert_array_equal(scores.ravel(), strategy.score_samples(points))


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([-1], "index -1 is out of range for X_pool, which has 100 rows"),
        ([3, 100], "index 100 is out of range"),
        ([0.5], r"rows of X_pool, but have shape \(1,\) and dtype float64"),
        ([[1, 2]], r"have shape \(1, 2\)"),
        ([True, False], "dtype bool"),
    ],
)
def test_picks_are_rows_of_the_pool(plt, indices, message):
    with pytest.raises(ValueError, match=message):
        QueryDisplay(POOL, indices).plot()
    assert not plt.get_fignums()


def test_picks_and_points_come_back():
    np.testing.assert_array_equal(check_picks([4, 2], 5), [4, 2])
    np.testing.assert_array_equal(as_plane(sparse.csr_matrix(POOL), "X"), POOL)
    with pytest.raises(ValueError, match=r"X has shape \(3, 4\), but only points"):
        as_plane(sparse.eye(3, 4), "X")
