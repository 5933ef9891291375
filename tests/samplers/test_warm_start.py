import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier

from skactive.samplers._warm_start import adds_members, continued, parameters_of


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (RandomForestClassifier(), True),
        (GradientBoostingClassifier(), True),
        (HistGradientBoostingClassifier(), True),
        (LogisticRegression(), False),
        (SGDClassifier(), False),
        (object(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_keep_its_members(model, expected):
    assert adds_members(model) is expected


def test_models_of_no_known_kind_have_no_parameters():
    assert parameters_of(object()) == {}
    assert parameters_of(LogisticRegression(C=3))["C"] == 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_copy_is_its_own_clone_and_the_model_stays():
    X, y = np.arange(6.0)[:, None], np.repeat([0, 1], 3)
    model = MLPClassifier((2,), max_iter=2, warm_start=True).fit(X, y)
    before = model.coefs_[0].copy()
    copied = continued(model)
    assert clone(copied) is copied
    assert clone(copied).fit(X, y).t_ == 2 * model.t_ == 24  # it goes on
    assert clone(model) is not model
    np.testing.assert_array_equal(model.coefs_[0], before)
