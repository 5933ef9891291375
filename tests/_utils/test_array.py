import pickle

import numpy as np
import pytest
import scipy.special
from numpy.testing import assert_array_equal
from sklearn import config_context

import skactive._utils.array as vocabulary
from skactive._utils.array import (
    carry,
    chance,
    chunk_rows,
    device,
    dtype_like,
    map_rows,
    move,
    namespace,
    one_hot,
    resolution,
    rounded,
    same_dtype,
    special,
    to_numpy,
)
from skactive.information import mean_of_draws


def test_all_is_what_is_there():
    assert all(hasattr(vocabulary, name) for name in vocabulary.__all__)


def test_namespace_and_special_follow_the_array(as_array):
    x = as_array(np.array([0.0, 0.5, 1.0]))
    entropies = special(x).entr(x)
    assert type(entropies) is type(x)
    assert_array_equal(to_numpy(entropies), scipy.special.entr([0.0, 0.5, 1.0]))
    assert type(namespace(x).exp(x)) is type(x)


def test_namespaces_do_not_mix():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"[Mm]ultiple namespaces"):
        namespace(np.zeros(2), torch.zeros(2))


def test_values_are_carried_to_where_an_array_lives(as_array):
    like = as_array(np.zeros(3, dtype=np.float32))
    carried = carry(np.array([1, 2]), like)
    assert type(carried) is type(like)
    assert device(carried) == device(like)
    assert_array_equal(to_numpy(carried), [1, 2])


def test_chance_is_numpys_on_every_backend(as_array):
    like = as_array(np.zeros(3, dtype=np.float32))
    numbers = chance(np.random.default_rng(0), (2, 3), like)
    assert type(numbers) is type(like)
    expected = np.random.default_rng(0).random((2, 3))
    assert_array_equal(to_numpy(numbers), expected)
    assert to_numpy(numbers).dtype == np.float64


def test_one_hot(as_array):
    y = as_array(np.array([[2, 0], [1, 1]]))
    indicators = one_hot(y, 3)
    assert type(indicators) is type(y)
    assert_array_equal(to_numpy(indicators), np.eye(3)[to_numpy(y)])
    assert to_numpy(indicators).dtype == np.float64
    xp = namespace(y)
    assert one_hot(y, 3, xp.float32).dtype == xp.float32


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["float32", "float32"], "float32"),
        (["float32", "float64"], "float64"),
        (["float16", "float32"], "float32"),
        (["float64"], "float64"),
    ],
)
def test_same_dtype_holds_all(dtypes, expected, as_array):
    arrays = [as_array(np.ones(2, dtype=dtype)) for dtype in dtypes]
    for array in same_dtype(*arrays):
        assert to_numpy(array).dtype == expected


def test_same_dtype_copies_nothing_needlessly(as_array):
    a = as_array(np.ones(2))
    (b,) = same_dtype(a)
    assert np.shares_memory(to_numpy(a), to_numpy(b))


@pytest.mark.parametrize(("dtype", "size"), [("float32", 6.4e-6), ("float64", 1.8e-12)])
def test_resolution_is_between_rounding_and_meaning(dtype, size, as_array):
    assert resolution(as_array(np.ones(2, dtype=dtype))) == pytest.approx(size, rel=0.1)


def test_to_numpy_of_anything():
    torch = pytest.importorskip("torch")
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert isinstance(to_numpy(x * 2), np.ndarray)
    assert_array_equal(to_numpy(x * 2), [2.0, 4.0])
    assert_array_equal(to_numpy([1, 2]), [1, 2])
    a = np.ones(2)
    assert to_numpy(a) is a


def test_move_to_the_host_or_a_device():
    torch = pytest.importorskip("torch")
    a, t = np.ones(2), torch.ones(2)
    assert move(a) is a
    assert move(t) is t
    assert isinstance(move(t, "numpy"), np.ndarray)
    assert move(a, "numpy") is a
    assert isinstance(move(a, "cpu"), torch.Tensor)
    assert move(a, "cpu").dtype == torch.float64
    assert move(a, "meta").device.type == "meta"
    assert move(a, torch.device("cpu")).device.type == "cpu"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("way", ["move", "carry"])
def test_a_tensor_of_a_read_only_array_is_a_copy(way):
    torch = pytest.importorskip("torch")
    a = np.ones(2)
    a.flags.writeable = False
    tensor = move(a, "cpu") if way == "move" else carry(a, torch.ones(1))
    tensor[0] = 5
    assert_array_equal(a, [1, 1])


def test_a_rounded_measure_keeps_the_dtype_of_the_draws_and_is_pickled(as_array):
    measure = pickle.loads(pickle.dumps(rounded(mean_of_draws)))
    draws = np.random.default_rng(0).dirichlet(np.ones(3), size=(4, 5))
    for dtype in (np.float32, np.float64):
        some = draws.astype(dtype)
        found = to_numpy(measure(as_array(some)))
        assert found.dtype == dtype
        assert_array_equal(found, to_numpy(mean_of_draws(as_array(some))).astype(dtype))


def test_an_array_of_the_same_dtype_keeps_nothing_in_memory():
    a = np.ones((3, 2), dtype=np.float32)
    like = dtype_like(a)
    assert like.dtype == a.dtype
    assert like.size == 0
    assert not np.may_share_memory(like, a)
    assert like.base is None


def test_a_chunk_is_what_working_memory_allows():
    with config_context(working_memory=1):
        assert chunk_rows(2**20) == 1
        assert chunk_rows(2**10) == 2**10
        assert chunk_rows(2**10 + 1) == 2**10 - 1
        assert chunk_rows(2**40) == 1
        assert chunk_rows(0) == 2**20
    with config_context(working_memory=0):
        assert chunk_rows(8) == 1


@pytest.mark.parametrize("working_memory", [128, 1024, 1e9])
def test_a_chunk_is_no_larger_than_the_caches_like(working_memory):
    with config_context(working_memory=working_memory):
        assert chunk_rows(2**20) == 16


@pytest.mark.parametrize("size", [1, 3, 7, 10, 11, 1000])
def test_rows_are_mapped_in_order(size, as_array):
    x, seen = as_array(np.arange(20.0).reshape(10, 2)), []

    def double(rows):
        seen.append((rows.start, rows.stop))
        return 2 * x[rows]

    joined = map_rows(double, 10, size)
    assert type(joined) is type(x)
    assert_array_equal(to_numpy(joined), 2 * to_numpy(x))
    assert seen == [(i, min(i + size, 10)) for i in range(0, 10, size)]


@pytest.mark.parametrize("size", [1, 3, 10])
def test_rows_may_be_the_last_axis(size, as_array):
    x = as_array(np.arange(20.0).reshape(2, 10))
    joined = map_rows(lambda rows: -x[:, rows], 10, size, axis=-1)
    assert_array_equal(to_numpy(joined), -to_numpy(x))


def test_results_keep_their_dtype(as_array):
    x = as_array(np.arange(10, dtype=np.uint8))
    for size in (3, 10):
        joined = map_rows(lambda rows: x[rows], 10, size)
        assert to_numpy(joined).dtype == np.uint8


def test_one_chunk_is_passed_through():
    x = np.arange(4.0)
    assert map_rows(lambda rows: x, 4, 4) is x
