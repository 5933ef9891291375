"""Functions from scikit-learn's private modules still do what we use them for."""

import copy
from numbers import Integral

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators
from sklearn.utils.metadata_routing import get_routing_for_object

from skactive._utils import scikit_learn
from skactive._utils.scikit_learn import (
    BaseComposition,
    Interval,
    InvalidParameterError,
    StrOptions,
    by_rows,
    clone_model,
    copy_rows,
    join_rows,
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
def test_rows_are_joined(X):
    joined = join_rows(X, take_rows(X, [4]))
    if not isinstance(X, pd.Series):  # which becomes an array
        assert type(joined) is type(X) or scipy.sparse.issparse(joined)
    assert_array_equal(plain(joined), plain(X)[[0, 1, 2, 3, 4, 5, 4]])


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_rows_of_other_frames_are_joined(library):
    library = pytest.importorskip(library)
    make = library.table if library.__name__ == "pyarrow" else library.DataFrame
    frame = make({"a": [1, 2], "b": ["x", "y"]})
    assert join_rows(frame, frame[1:]).to_pandas().a.tolist() == [1, 2, 2]


@pytest.mark.parametrize("X", CONTAINERS.values(), ids=CONTAINERS)
def test_number_of_rows_of_any_container(X):
    assert n_rows(X) == 6


SPARSE = [
    getattr(scipy.sparse, f"{name}_{kind}")
    for name in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
    for kind in ("array", "matrix")
]
ANY_ROWS = {
    "slice": slice(1, 4),
    "one": slice(0, 1),
    "falling": np.array([5, 3, 0]),
    "repeated": np.array([2, 2, 4, 2]),
    "backwards": np.arange(6)[::-2],
    "list": [4, 1],
    "none": np.array([], dtype=int),
}
any_rows = pytest.mark.parametrize("rows", ANY_ROWS.values(), ids=ANY_ROWS)


@pytest.mark.parametrize("convert", SPARSE, ids=lambda c: c.__name__)
@any_rows
def test_rows_of_any_sparse_format(convert, rows):
    X = convert(ARRAY)
    assert n_rows(X) == 6
    taken = take_rows(X, rows)
    assert (taken.format, taken.dtype) == ("csr", X.dtype)
    assert_array_equal(taken.toarray(), ARRAY[rows])
    assert by_rows(by_rows(X)) is by_rows(X) or X.format != "csr"


def test_sparse_formats_are_converted_once_for_all_chunks():
    X = scipy.sparse.coo_array(ARRAY)
    assert by_rows(X).format == "csr"
    assert by_rows(by_rows(X)).indices.dtype == np.int32  # as forests want them
    for same in (ARRAY, scipy.sparse.csr_array(ARRAY), ["a"], None):
        assert by_rows(same) is same


def on_disk(name, path, values):
    """The values in a file, as an array that reads rows on demand."""
    library = pytest.importorskip(name)
    if name == "h5py":
        return library.File(path / "file.h5", "w").create_dataset("X", data=values)
    store = library.open(
        str(path / "X.zarr"),
        mode="w",
        shape=values.shape,
        chunks=(4, *values.shape[1:]),
        dtype=values.dtype,
    )
    store[:] = values
    return store


@pytest.mark.parametrize("name", ["h5py", "zarr"])
@pytest.mark.parametrize("shape", [(6, 4), (6, 1, 2, 2), (6,)])
@any_rows
def test_rows_of_arrays_on_disk_come_in_any_order(name, shape, rows, tmp_path):
    values = ARRAY.ravel()[: np.prod(shape)].reshape(shape)
    X = on_disk(name, tmp_path, values)
    assert n_rows(X) == 6
    taken = take_rows(X, rows)
    assert type(taken) is np.ndarray
    assert_array_equal(taken, values[rows])


@any_rows
def test_rows_of_labelled_arrays(rows):
    xarray = pytest.importorskip("xarray")
    X = xarray.DataArray(ARRAY, dims=("point", "feature"))
    assert n_rows(X) == 6
    assert_array_equal(take_rows(X, rows), ARRAY[rows])


def test_what_torch_reads_as_a_stream_has_no_rows():
    data = pytest.importorskip("torch").utils.data

    class Stream(data.IterableDataset):
        def __iter__(self):
            return iter(ARRAY)

    loader = data.DataLoader(data.TensorDataset(), batch_size=2)
    for X, message in ((loader, "pass its dataset"), (Stream(), "with __len__")):
        with pytest.raises(TypeError, match=message):
            n_rows(X)


def spoil(X):
    """Change a container in place, whatever its type."""
    if isinstance(X, pd.DataFrame | pd.Series):
        X.iloc[:] = X.iloc[::-1].to_numpy()
    elif scipy.sparse.issparse(X):
        X.data[:] = 7
    elif isinstance(X, list) and isinstance(X[0], list):
        for row in X:
            row[:] = [7] * len(row)
    else:
        X[:] = X[::-1] if isinstance(X, list) else 7


@pytest.mark.parametrize("name", CONTAINERS)
def test_copies_keep_what_was_in_a_container(name):
    X = copy.deepcopy(CONTAINERS[name])
    kept, before = copy_rows(X), plain(X).copy()
    spoil(X)
    assert type(kept) is type(X)
    assert (plain(X) != before).any()
    assert_array_equal(plain(kept), before)


@pytest.mark.parametrize("kind", [list, tuple])
def test_copies_of_rows_that_are_arrays_or_tensors(kind):
    torch = pytest.importorskip("torch")
    rows = [np.ones(2), torch.ones(2)]
    kept = copy_rows(kind(rows))
    assert type(kept) is kind
    for row in rows:
        row[:] = 7
    assert all(float(row.sum()) == 2 for row in kept)


def test_copies_of_nothing():
    assert copy_rows(None) is None
    assert len(copy_rows(ARRAY[:0])) == 0


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


# Clones


@pytest.mark.filterwarnings("ignore:Class .* is deprecated:FutureWarning")
def test_clones_of_all_models_are_those_of_scikit_learn():
    seen = 0
    for _, cls in all_estimators(type_filter=["classifier", "regressor"]):
        try:
            model = cls()
        except TypeError:  # it wraps another
            continue
        again, expected = clone_model(model), clone(model)
        assert type(again) is cls
        assert again is not model
        assert repr(again) == repr(expected)
        assert vars(again).keys() == vars(expected).keys()
        seen += 1
    assert seen > 50


def test_signatures_of_plain_models_are_inspected_once(monkeypatch):
    clone_model(LogisticRegression())
    monkeypatch.setattr(scikit_learn, "clone", None)
    model = LogisticRegression(C=3, random_state=7)
    assert clone_model(model).C == 3
    assert clone_model(model).random_state == 7


def test_other_models_are_cloned_by_scikit_learn():
    fitted = GaussianNB().fit([[0], [1]], [0, 1])
    assert not hasattr(clone_model(fitted), "theta_")
    state = np.random.RandomState(0)
    assert (
        clone_model(RandomForestClassifier(random_state=state)).random_state
        is not state
    )
    frozen = FrozenEstimator(fitted)
    assert clone_model(frozen) is frozen
    with sklearn.config_context(enable_metadata_routing=True):
        model = GaussianNB().set_fit_request(sample_weight="w")
        requests = get_routing_for_object(clone_model(model)).fit.requests
        assert requests["sample_weight"] == "w"
    scaler = StandardScaler().set_output(transform="pandas")
    assert clone_model(scaler)._sklearn_output_config == {"transform": "pandas"}
    values = [1, 2]
    assert clone_model(values) == values
    assert clone_model(values) is not values


class Changing(BaseEstimator):
    def __init__(self, size=1.5):
        self.size = float(np.float64(size)) + 0.5


def test_constructors_that_change_their_arguments_raise():
    with pytest.raises(RuntimeError, match="constructor either does not set"):
        clone_model(Changing())


def test_replaced_constructors_are_inspected_again(monkeypatch):
    class Growing(BaseEstimator):
        def __init__(self, a=1):
            self.a = a

    assert vars(clone_model(Growing(a=2))) == {"a": 2}

    def other(self, a=1, b=2):
        self.a, self.b = a, b

    monkeypatch.setattr(Growing, "__init__", other)
    assert vars(clone_model(Growing(b=5))) == {"a": 1, "b": 5}
