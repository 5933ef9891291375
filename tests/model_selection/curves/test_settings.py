import numpy as np
import pytest
from scipy import sparse

from skactive.model_selection.curves._settings import Data, Settings

OPTIONS = {
    "n": 5,
    "rounds": 2,
    "budget": None,
    "initial": "random",
    "n_initial": None,
    "cv": 3,
    "scoring": None,
    "n_candidates": None,
    "warm_start": False,
    "callbacks": None,
    "random_state": 0,
    "stopping": None,
    "stop_set_size": 1000,
}
X, Y = np.zeros((6, 2)), np.arange(6)


def test_settings_are_picked_out_of_other_options():
    settings = Settings.among({**OPTIONS, "n_jobs": 2, "X": X})
    assert settings == Settings(**OPTIONS)
    settings.check()
    assert settings.all_callbacks == ()
    for given in (print, [print], (print,)):
        one = Settings(**{**OPTIONS, "callbacks": given})
        assert one.all_callbacks == (print,)


def test_data_become_indexable():
    data = Data(sparse.coo_matrix(X), list(Y), groups=range(6)).checked()
    assert data.X.format == "csr"
    assert not data.has_test_set
    assert Data(X, Y, X, Y).checked().has_test_set


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((X, None), "the target y is None; pass the labels"),
        ((X, Y[1:]), "inconsistent numbers"),
        ((X, Y, X), "pass both X_test and y_test"),
        ((X, Y, None, Y), "pass both X_test and y_test"),
        ((X, Y, X, Y[1:]), "inconsistent numbers"),
        ((X, Y, X, Y, Y), "with X_test and y_test nothing is split"),
    ],
)
def test_data_that_do_not_belong_together(parts, message):
    with pytest.raises(ValueError, match=message):
        Data(*parts).checked()


def test_classification_has_one_label_per_point():
    for y in (Y, Y[:, None], list("abcdef")):
        Data(X, y).check_one_label()
    with pytest.raises(ValueError, match=r"y has shape \(6, 2\)"):
        Data(X, np.c_[Y, Y]).check_one_label()
