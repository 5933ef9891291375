"""What is borrowed from scikit-learn's private modules does what it is borrowed for."""

from numbers import Integral

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

from skactive._utils import scikit_learn
from skactive._utils.scikit_learn import (
    BaseComposition,
    Interval,
    InvalidParameterError,
    StrOptions,
    n_rows,
    take_rows,
)

ARRAY = np.arange(24.0).reshape(6, 4)
CONTAINERS = {
    "array": ARRAY,
    "4-D": ARRAY.reshape(6, 1, 2, 2),
    "frame": pd.DataFrame(ARRAY, index=list("fedcba")),
    "series": pd.Series(ARRAY[:, 0], index=list("fedcba")),
    "sparse matrix": scipy.sparse.csr_matrix(ARRAY),
    "sparse array": scipy.sparse.csr_array(ARRAY),
    "list of text": [f"text {i}" for i in range(6)],
    "nested lists": ARRAY.tolist(),
}


def plain(X):
    X = X.toarray() if scipy.sparse.issparse(X) else X
    return np.asarray(X)


def test_all_is_what_is_there():
    assert all(hasattr(scikit_learn, name) for name in scikit_learn.__all__)


@pytest.mark.parametrize("X", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("rows", [slice(1, 4), np.array([5, 0, 3]), slice(0, 1)])
def test_rows_of_any_container(X, rows):
    taken = take_rows(X, rows)
    assert type(taken) is type(X)
    assert_array_equal(plain(taken), plain(X)[rows])


@pytest.mark.parametrize("X", CONTAINERS.values(), ids=CONTAINERS)
def test_number_of_rows_of_any_container(X):
    assert n_rows(X) == 6


def test_rows_of_memory_maps_are_not_copied(tmp_path):
    X = np.memmap(tmp_path / "X", dtype="float32", mode="w+", shape=(6, 4))
    taken = take_rows(X, slice(2, 5))
    assert n_rows(X) == 6
    assert np.shares_memory(taken, X)


def test_rows_of_tensors():
    torch = pytest.importorskip("torch")
    X = torch.as_tensor(ARRAY)
    assert n_rows(X) == 6
    assert isinstance(take_rows(X, slice(1, 4)), torch.Tensor)
    assert_array_equal(take_rows(X, slice(1, 4)), ARRAY[1:4])
    assert_array_equal(take_rows(X, np.array([5, 0])), ARRAY[[5, 0]])


def test_no_rows_is_an_error():
    for scalar in (3, np.array(3)):
        with pytest.raises(TypeError):
            n_rows(scalar)


class Checked(BaseEstimator):
    _parameter_constraints = {
        "n": [Interval(Integral, 1, None, closed="left")],
        "kind": [StrOptions({"mean", "product"})],
    }

    def __init__(self, n=1, kind="mean"):
        self.n = n
        self.kind = kind


def test_parameters_are_validated():
    Checked()._validate_params()
    with pytest.raises(InvalidParameterError, match="'n' parameter of Checked must be"):
        Checked(n=0)._validate_params()
    with pytest.raises(InvalidParameterError, match="must be a str among"):
        Checked(kind="sum")._validate_params()
    assert issubclass(InvalidParameterError, ValueError)


def test_composition_reaches_named_members():
    class Members(BaseComposition):
        def __init__(self, members):
            self.members = members

        def get_params(self, deep=True):
            return self._get_params("members", deep=deep)

    members = Members([("0", GaussianNB(var_smoothing=0.5))])
    assert members.get_params()["0__var_smoothing"] == 0.5
