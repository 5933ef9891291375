import numpy as np
import pandas as pd
import pytest
import sklearn.pipeline
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skactive import BALD, ICAL, Entropy, RandomSampling
from skactive.pipeline import Pipeline, make_pipeline
from tests.zoo import NAMES, data

X, LABELS, TARGETS = data(60)
Y = NAMES[LABELS]
X_FIT, Y_FIT, X_POOL = X[:25], Y[:25], X[25:]


def forest(**params):
    return RandomForestClassifier(10, min_samples_leaf=2, **params)


def bald(**params):
    return BALD(forest(**params), random_state=0)


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("strategy", [bald(), ICAL(forest(), random_state=0)])
def test_query_through_transforms_is_that_by_hand(strategy, n):
    """Scaling and imputing by hand, then querying the last step, is the same."""
    X_FIT_gaps, X_POOL_gaps = X_FIT.copy(), X_POOL.copy()
    X_FIT_gaps[::3, 0], X_POOL_gaps[::4, 1] = np.nan, np.nan
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), clone(strategy))
    pipeline.fit(X_FIT_gaps, Y_FIT)
    impute, scale = SimpleImputer(), StandardScaler()
    fitted = strategy.fit(scale.fit_transform(impute.fit_transform(X_FIT_gaps)), Y_FIT)
    by_hand = scale.transform(impute.transform(X_POOL_gaps))

    indices, scores = pipeline.query(X_POOL_gaps, n, return_scores=True)
    expected, expected_scores = fitted.query(by_hand, n, return_scores=True)
    assert_array_equal(indices, expected)
    assert_allclose(scores, expected_scores)
    assert_allclose(pipeline.score_samples(X_POOL_gaps), fitted.score_samples(by_hand))
    rows = np.arange(0, 35, 4)
    assert_array_equal(
        pipeline.query(X_POOL_gaps, n, candidates=rows),
        fitted.query(by_hand, n, candidates=rows),
    )
    assert_array_equal(pipeline.predict(X_POOL_gaps), fitted.predict(by_hand))
    assert_allclose(pipeline.predict_proba(X_POOL_gaps), fitted.predict_proba(by_hand))


def test_a_pipeline_of_one_step_is_the_step():
    pipeline = Pipeline([("ask", bald())]).fit(X_FIT, Y_FIT)
    alone = bald().fit(X_FIT, Y_FIT)
    assert_array_equal(pipeline.query(X_POOL, 6), alone.query(X_POOL, 6))
    assert_array_equal(pipeline.score_samples(X_POOL), alone.score_samples(X_POOL))
    assert pipeline.query(X_POOL).shape == (1,)


def test_steps_that_pass_through_are_passed_by():
    steps = [("a", "passthrough"), ("scale", StandardScaler()), ("b", None)]
    pipeline = Pipeline([*steps, ("ask", bald())]).fit(X_FIT, Y_FIT)
    alone = make_pipeline(StandardScaler(), bald()).fit(X_FIT, Y_FIT)
    assert_array_equal(pipeline.query(X_POOL, 6), alone.query(X_POOL, 6))


def test_nested_pipelines_and_unions():
    union = FeatureUnion([("scale", StandardScaler()), ("plain", "passthrough")])
    nested = make_pipeline(union, make_pipeline(StandardScaler(), bald()))
    flat = make_pipeline(union, StandardScaler(), bald())
    assert_array_equal(
        nested.fit(X_FIT, Y_FIT).query(X_POOL, 6),
        flat.fit(X_FIT, Y_FIT).query(X_POOL, 6),
    )


def test_the_model_inside_the_strategy_may_be_a_pipeline_too():
    inside = BALD(sklearn.pipeline.make_pipeline(StandardScaler(), forest()))
    outside = make_pipeline(StandardScaler(), BALD(forest()))
    batches = [
        asked.set_params(**{name: 0}).fit(X_FIT, Y_FIT).query(X_POOL, 6)
        for asked, name in ((inside, "random_state"), (outside, "bald__random_state"))
    ]
    assert_array_equal(*batches)


@pytest.mark.parametrize("last", [GaussianNB(), StandardScaler(), "passthrough", None])
def test_pipelines_that_end_in_no_strategy_do_not_query(last):
    pipeline = Pipeline([("scale", StandardScaler()), ("last", last)])
    assert not hasattr(pipeline, "query")
    with pytest.raises(AttributeError, match="query"):
        pipeline.query(X_POOL)


def test_pipelines_that_end_in_a_strategy_query():
    pipeline = make_pipeline(StandardScaler(), bald())
    assert hasattr(pipeline, "query")
    assert hasattr(pipeline, "score_samples")
    assert hasattr(pipeline, "predict_proba")
    assert not hasattr(pipeline, "transform")
    assert not hasattr(make_pipeline(RandomSampling()), "predict")
    plain = sklearn.pipeline.make_pipeline(StandardScaler(), bald())
    assert not hasattr(plain, "query")


def test_query_before_fit():
    for pipeline in (make_pipeline(StandardScaler(), bald()), make_pipeline(bald())):
        with pytest.raises(NotFittedError, match="This Pipeline instance"):
            pipeline.query(X_POOL)


@pytest.mark.parametrize(
    ("n", "candidates", "error"),
    [
        (36, None, ValueError),
        (0, None, ValueError),
        (2, [1], ValueError),
        (1.0, None, TypeError),
        (1, [35], ValueError),
    ],
)
def test_errors_are_the_strategys(n, candidates, error):
    pipeline = make_pipeline(StandardScaler(), bald()).fit(X_FIT, Y_FIT)
    with pytest.raises(error, match=r"n=|n must|candidates"):
        pipeline.query(X_POOL, n, candidates=candidates)


def test_text_and_frames_go_through():
    words = [f"{name} {'x' * (i % 5)}" for i, name in enumerate(Y)]
    pipeline = make_pipeline(TfidfVectorizer(), bald()).fit(words[:25], Y_FIT)
    batch = pipeline.query(words[25:], 4)
    assert len(set(batch.tolist())) == 4
    frame = pd.DataFrame(X, columns=list("abcdef"))
    pipeline = make_pipeline(StandardScaler(), bald()).fit(frame[:25], Y_FIT)
    expected = make_pipeline(StandardScaler(), bald()).fit(X_FIT, Y_FIT)
    assert_array_equal(pipeline.query(frame[25:], 4), expected.query(X_POOL, 4))
    assert_array_equal(pipeline.feature_names_in_, list("abcdef"))


def test_the_pool_stays_as_it_is():
    pool = X_POOL.copy()
    negate = FunctionTransformer(np.negative)
    make_pipeline(negate, bald()).fit(X_FIT, Y_FIT).query(pool, 3)
    assert_array_equal(pool, X_POOL)


def test_fit_parameters_reach_the_model():
    weights = np.where(Y_FIT == "ant", 0.0, 1.0)
    pipeline = make_pipeline(StandardScaler(), bald())
    pipeline.fit(X_FIT, Y_FIT, bald__sample_weight=weights)
    assert (pipeline.predict_proba(X_POOL)[:, 0] == 0).all()


def test_a_pipeline_is_what_its_model_is():
    assert is_classifier(make_pipeline(StandardScaler(), bald()))
    regressor = make_pipeline(ICAL(RandomForestRegressor(5)))
    assert is_regressor(regressor)
    regressor.fit(X_FIT, TARGETS[:25, 0])
    assert regressor.predict(X_POOL).shape == (35,)
    classes = make_pipeline(bald()).fit(X_FIT, Y_FIT).classes_
    assert_array_equal(classes, NAMES)


def test_slices_are_pipelines_of_the_same_kind():
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), bald())
    assert isinstance(pipeline[1:], Pipeline)
    assert hasattr(pipeline[1:], "query")
    assert not hasattr(pipeline[:-1], "query")


def test_steps_are_named_and_the_rest_is_passed_on(tmp_path):
    pipeline = make_pipeline(
        StandardScaler(), StandardScaler(), bald(), memory=str(tmp_path), verbose=True
    )
    assert isinstance(pipeline, Pipeline)
    names = ["standardscaler-1", "standardscaler-2", "bald"]
    assert list(pipeline.named_steps) == names
    assert pipeline.memory == str(tmp_path)
    assert pipeline.verbose is True
    assert clone(pipeline).get_params()["memory"] == str(tmp_path)
    cached = clone(pipeline).set_params(verbose=False).fit(X_FIT, Y_FIT)
    plain = make_pipeline(StandardScaler(), StandardScaler(), bald())
    assert_array_equal(
        cached.query(X_POOL, 5), plain.fit(X_FIT, Y_FIT).query(X_POOL, 5)
    )


def test_grid_search_reaches_through_the_strategy_to_the_model():
    grid = {"max_depth": [1, 4]}
    of_strategy = GridSearchCV(
        bald(random_state=0), {f"estimator__{k}": v for k, v in grid.items()}, cv=3
    ).fit(X, Y)
    of_model = GridSearchCV(forest(random_state=0), grid, cv=3).fit(X, Y)
    assert_allclose(
        of_strategy.cv_results_["mean_test_score"],
        of_model.cv_results_["mean_test_score"],
    )
    found = of_strategy.best_params_["estimator__max_depth"]
    assert found == of_model.best_params_["max_depth"]
    assert of_strategy.best_estimator_.query(X_POOL, 2).shape == (2,)


def test_grid_search_over_a_pipeline_and_its_strategy():
    pipeline = make_pipeline(StandardScaler(), bald(random_state=0))
    grid = [
        {"bald__estimator__max_depth": [1, 4], "standardscaler__with_mean": [True]},
        {"bald": [Entropy(GaussianNB()), Entropy(forest(random_state=0))]},
    ]
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, Y)
    by_hand = [
        cross_val_score(model, StandardScaler().fit_transform(X), Y, cv=3).mean()
        for model in (
            forest(random_state=0, max_depth=1),
            forest(random_state=0, max_depth=4),
            GaussianNB(),
            forest(random_state=0),
        )
    ]
    # trees do not look at scales, and the scale of Gaussians goes with the features
    assert_allclose(search.cv_results_["mean_test_score"], by_hand)
    assert search.best_estimator_.query(X_POOL, 2).shape == (2,)


def test_a_query_is_not_forwarded_by_a_search():
    search = GridSearchCV(make_pipeline(bald()), {"bald__random_state": [0]}, cv=2)
    assert not hasattr(search, "query")
