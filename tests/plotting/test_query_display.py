import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from skactive import BALD, ICAL, CoreSet, MaxVariance, PowerBALD, RandomSampling
from skactive.pipeline import make_pipeline
from skactive.plotting import QueryDisplay

X, Y = make_moons(120, noise=0.2, random_state=0)
LABELLED, POOL = X[:20], X[20:]
FOREST = RandomForestClassifier(10, min_samples_leaf=2)


def fitted(strategy, X=LABELLED, y=Y[:20]):
    return strategy.fit(X, y)


def draw(strategy, pool=POOL, **options):
    options = {"n": 4, "grid_resolution": 7, **options}
    return QueryDisplay.from_estimator(strategy, pool, **options)


def test_the_picks_are_the_strategys_in_order(plt):
    strategy = fitted(BALD(FOREST, random_state=0))
    display = draw(strategy)
    expected = strategy.query(POOL, 4)
    np.testing.assert_array_equal(display.indices, expected)
    assert [text.get_text() for text in display.ax_.texts] == ["1", "2", "3", "4"]
    places = [text.xy for text in display.ax_.texts]
    np.testing.assert_array_equal(places, POOL[expected])
    np.testing.assert_array_equal(display.scores, strategy.score_samples(POOL))
    assert display.figure_.axes[1].get_ylabel() == "score of BALD"


def test_the_field_is_what_points_there_would_be_worth(plt):
    strategy = fitted(BALD(FOREST, random_state=0))
    display = draw(strategy)
    xx0, xx1, values = display.field
    assert values.shape == (7, 7)
    point = np.array([[xx0[2, 5], xx1[2, 5]]])
    assert values[2, 5] == strategy.score_samples(point)[0]
    assert xx0.min() < POOL[:, 0].min() < POOL[:, 0].max() < xx0.max()
    assert type(display.surface_).__name__ == "QuadContourSet"


@pytest.mark.parametrize(
    ("strategy", "has_field"),
    [
        (BALD(FOREST, random_state=0), True),
        (BALD(FOREST), True),  # all trees are the draws: no chance
        (CoreSet(random_state=0), True),
        (ICAL(FOREST, random_state=0), False),
        (PowerBALD(FOREST, random_state=0), False),
        (RandomSampling(FOREST, random_state=0), False),
        (make_pipeline("passthrough", BALD(FOREST, random_state=0)), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_field_is_drawn_where_scores_are_a_points_own(plt, strategy, has_field):
    display = draw(fitted(strategy))
    assert (display.field is not None) == has_field
    if not has_field:
        colours = display.surface_.get_array()
        np.testing.assert_array_equal(np.sort(display.scores), colours)


def test_the_field_can_be_chosen(plt):
    assert draw(fitted(BALD(FOREST, random_state=0)), field="pool").field is None
    assert draw(fitted(ICAL(FOREST, random_state=0)), field="grid").field is not None


def test_labelled_points_by_class(plt):
    strategy = fitted(BALD(FOREST, random_state=0))
    ax = plt.subplots()[1]
    names = np.array(["no", "yes"])[Y[:20]]
    display = draw(strategy, X=LABELLED, y=names, ax=ax)
    assert display.ax_ is ax
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["labelled no", "labelled yes"]
    drawn = {c.get_label(): c.get_offsets() for c in ax.collections}
    np.testing.assert_array_equal(drawn["labelled yes"], LABELLED[Y[:20] == 1])


def test_values_are_no_classes(plt):
    forest = RandomForestRegressor(10, min_samples_leaf=2)
    strategy = fitted(MaxVariance(forest, random_state=0), y=X[:20, 0])
    display = draw(strategy, X=LABELLED, y=X[:20, 0])
    words = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert words == ["labelled"]


def test_candidates_are_passed_on(plt):
    display = draw(fitted(BALD(FOREST, random_state=0)), candidates=[3, 5, 8, 9])
    assert set(display.indices) == {3, 5, 8, 9}


def test_data_frames(plt):
    pd = pytest.importorskip("pandas")
    labelled, pool = (pd.DataFrame(a, columns=["u", "v"]) for a in (LABELLED, POOL))
    strategy = fitted(BALD(FOREST, random_state=0), labelled)
    display = draw(strategy, pool, X=labelled, y=Y[:20])
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("u", "v")


def test_picks_alone(plt):
    display = QueryDisplay(POOL, [4, 2]).plot()
    assert display.surface_ is None
    assert [text.get_text() for text in display.ax_.texts] == ["1", "2"]


def test_errors(plt):
    strategy = fitted(BALD(FOREST, random_state=0))
    with pytest.raises(ValueError, match=r"field must be 'auto', .* is 'plane'"):
        draw(strategy, field="plane")
    with pytest.raises(
        ValueError, match=r"X_pool has shape \(100, 3\), but only points"
    ):
        draw(strategy, np.zeros((100, 3)))
    with pytest.raises(ValueError, match=r"X has shape \(20, 3\), but only points"):
        draw(strategy, X=np.zeros((20, 3)))
