import inspect

import numpy as np
import pytest

from skactive._utils.validation import (
    check_batch_size,
    check_candidates,
    check_pool,
    explain_arguments,
)

TAKES = r"query takes the pool and the number .*query\(X_pool, n=10\)"


class Strategy:
    @explain_arguments
    def query(self, X_pool, n=1, *, candidates=None):
        """Choose."""
        if n is None:
            raise TypeError("from within")
        return X_pool, n, candidates


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((1, 2), {"n": 3}, "multiple values for argument 'n'"),
        ((1, 2, 3), {}, "too many positional"),
        ((1,), {"candidate": 3}, "unexpected keyword argument 'candidate'"),
        ((), {}, "missing a required argument: 'X_pool'"),
    ],
)
def test_a_wrong_call_is_told_what_query_takes(args, named, message):
    with pytest.raises(TypeError, match=f"{message}.*{TAKES}"):
        Strategy().query(*args, **named)


def test_a_right_call_passes_with_its_own_errors():
    assert Strategy().query(1, candidates=3) == (1, 1, 3)
    with pytest.raises(TypeError, match=r"^from within$"):
        Strategy().query(1, None)


def test_the_signature_and_the_page_stay():
    assert list(inspect.signature(Strategy.query).parameters) == [
        "self",
        "X_pool",
        "n",
        "candidates",
    ]
    assert Strategy.query.__doc__ == "Choose."


class Parts:
    """What files, groups and data sets of several arrays have in common."""

    def keys(self):
        return ["a"]

    def __len__(self):
        return 1


@pytest.mark.parametrize("X_pool", [{"a": [1.0]}, Parts()])
def test_a_dictionary_of_parts_is_no_pool(X_pool):
    with pytest.raises(TypeError, match="X_pool is a dictionary"):
        check_pool(X_pool)


@pytest.mark.parametrize(
    ("library", "make"),
    [
        ("h5py", lambda h5py, path: h5py.File(path / "file.h5", "w")),
        ("zarr", lambda zarr, path: zarr.open_group(str(path / "group"), mode="w")),
        ("xarray", lambda xarray, path: xarray.Dataset({"a": ("row", [1.0, 2.0])})),
    ],
)
def test_a_file_of_arrays_is_no_pool(library, make, tmp_path):
    with pytest.raises(TypeError, match="X_pool is a dictionary"):
        check_pool(make(pytest.importorskip(library), tmp_path))


def test_no_pool_at_all():
    with pytest.raises(TypeError, match=f"X_pool is None: {TAKES}"):
        check_pool(None)


def test_the_labels_of_the_pool_as_batch_size_are_not_printed_whole():
    with pytest.raises(TypeError, match="n must be an integer, not array") as caught:
        check_batch_size(np.arange(10_000), 10, None)
    assert len(str(caught.value)) < 300


def test_the_candidate_that_is_repeated_is_named():
    for given in ([3, 9, 4, 9, 9], np.array([9, 9, 3, 9, 4])):
        with pytest.raises(
            ValueError, match="must not repeat a point, but index 9 occurs 3 times"
        ):
            check_candidates(given, 10)
    np.testing.assert_array_equal(check_candidates([9, 3], 10), [3, 9])
