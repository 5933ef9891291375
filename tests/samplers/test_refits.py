import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skactive.samplers import BootstrapSampler, as_sampler
from skactive.samplers._refits import LOSSES, Refits, copy_labels, with_one_more

X, Y = make_classification(
    60, 4, n_informative=3, n_redundant=0, n_classes=3, class_sep=0.6, random_state=0
)


def refits(model, y, **options):
    sampler = as_sampler(model, needs="mean").fit(X[:30], y[:30])
    given = {"params": {}, "X_reference": X[30:], "loss": "log", "seed": 0, **options}
    return Refits(sampler, X[:30], y[:30], **given)


def literal(model, y, p_c, loss, params=None):
    """One more point, each of its labels, and the loss written out."""
    total = 0.0
    for label, p in zip(np.unique(y), p_c, strict=True):
        model.fit(np.r_[X[:30], X[30:31]], np.r_[y[:30], [label]], **(params or {}))
        of_point = [
            -sum(q * math.log(q) for q in row if q > 0)
            if loss == "log"
            else 1 - max(row)
            for row in model.predict_proba(X[30:]).tolist()
        ]
        total += p * sum(of_point) / len(of_point)
    return total


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("y", [Y, np.array(["a", "of", "three"])[Y]], ids=["0", "a"])
def test_expected_loss_is_the_literal_one(y, loss):
    p_c = np.array([0.2, 0.5, 0.3])
    ours = refits(GaussianNB(), y, loss=loss).expected_loss(X[30:31], p_c)
    assert_allclose(ours, literal(GaussianNB(), y, p_c, loss), rtol=1e-12)


def test_labels_that_cannot_be_are_not_fitted(monkeypatch):
    seen = []
    model = refits(KNeighborsClassifier(3), Y)
    fit = KNeighborsClassifier.fit
    monkeypatch.setattr(
        KNeighborsClassifier, "fit", lambda s, X, y: seen.append(y[-1]) or fit(s, X, y)
    )
    model.expected_loss(X[30:31], np.array([0.4, 0.0, 0.6]))
    assert seen == [0, 2]


def test_parameters_of_fit_go_to_the_refits():
    params = {"sample_weight": np.r_[np.ones(30), 20.0]}
    p_c = np.array([0.2, 0.5, 0.3])
    weighed = refits(GaussianNB(), Y, params=params).expected_loss(X[30:31], p_c)
    plain = refits(GaussianNB(), Y).expected_loss(X[30:31], p_c)
    assert_allclose(weighed, literal(GaussianNB(), Y, p_c, "log", params), rtol=1e-12)
    assert abs(weighed - plain) > 1e-3


def test_the_fitted_sampler_and_its_points_stay():
    model = refits(GaussianNB(), Y)
    before = model.sampler.predict_proba(X[30:])
    given, labels = X[:30].copy(), Y[:30].copy()
    model.expected_loss(X[30:31], np.array([0.2, 0.5, 0.3]))
    assert_array_equal(model.sampler.predict_proba(X[30:]), before)
    assert_array_equal(model.X, given)
    assert_array_equal(model.y, labels)


def test_a_warm_start_goes_on_where_the_model_stands():
    """A single step more ends near the model that was fitted."""
    warm = LogisticRegression(warm_start=True, max_iter=500)
    model = refits(warm, Y)
    model.sampler.estimator_.set_params(max_iter=1)
    p_c = np.array([0.2, 0.5, 0.3])
    now = LOSSES["log"](model.sampler.predict_proba(X[30:]))
    with pytest.warns(ConvergenceWarning):
        near = model.expected_loss(X[30:31], p_c)
    cold = refits(LogisticRegression(max_iter=500), Y)
    cold.sampler.estimator.set_params(max_iter=1)
    with pytest.warns(ConvergenceWarning):
        far = cold.expected_loss(X[30:31], p_c)
    assert abs(near - now) < abs(far - now) / 3


def test_members_of_a_bootstrap_begin_anew():
    warm, cold = (
        BootstrapSampler(
            LogisticRegression(warm_start=w, max_iter=500), n_draws=4, random_state=0
        ).fit(X[:30], Y[:30])
        for w in (True, False)
    )
    losses = [
        Refits(s, X[:30], Y[:30], {}, X[30:], "log", 0).expected_loss(
            X[30:31], np.array([0.2, 0.5, 0.3])
        )
        for s in (warm, cold)
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "y",
    [
        [0, 2, 1],
        ["no", "perhaps", "no"],
        np.array(["no", "perhaps", "no"], dtype=object),
        pd.Series(["no", "perhaps", "no"], dtype="category"),
        np.array([True, False]),
    ],
    ids=["list", "texts", "objects", "categories", "truths"],
)
def test_labels_are_copied(y):
    copied = copy_labels(y)
    assert isinstance(copied, np.ndarray)
    assert copied.dtype.kind != "O"
    assert copied.tolist() == list(y)
    if isinstance(y, np.ndarray) and y.dtype.kind == "b":
        y[:] = False
        assert copied.tolist() == [True, False]


def test_weights_get_their_mean_for_one_more_point():
    given = {"sample_weight": [1.0, 2.0, 6.0], "copy": True, "nothing": None}
    longer = with_one_more(given, {name: {name} for name in given})
    assert_array_equal(longer["sample_weight"], [1.0, 2.0, 6.0, 3.0])
    assert longer["copy"] is True
    assert longer["nothing"] is None
    assert given["sample_weight"] == [1.0, 2.0, 6.0]


@pytest.mark.parametrize(
    "given", [{"groups": [0, 1, 2]}, {"sample_weight": ["a", "b", "c"]}]
)
def test_what_a_new_point_would_have_is_not_guessed(given):
    with pytest.raises(ValueError, match=f"{next(iter(given))} has one value per"):
        with_one_more(given, {name: {name} for name in given})


def test_a_weight_by_another_name_is_one():
    given = {"w": np.array([1.0, 3.0])}
    with config_context(enable_metadata_routing=True):
        longer = with_one_more(given, {"w": {"sample_weight"}})
        assert_array_equal(longer["w"], [1.0, 3.0, 2.0])
        unknown = with_one_more(given, {"w": set()})
        assert_array_equal(unknown["w"], [1.0, 3.0])
