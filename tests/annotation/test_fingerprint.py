import numpy as np
import pytest
from scipy.sparse import coo_matrix, csc_array, csr_matrix

from skactive.annotation._fingerprint import describe_data, fingerprints

A = np.arange(12.0).reshape(6, 2)


def changed(X, convert):
    other = X.copy()
    other[4, 1] += 1
    differ = fingerprints(convert(X)) != fingerprints(convert(other))
    return np.flatnonzero(differ).tolist()


def frame(X):
    pd = pytest.importorskip("pandas")
    words = [f"w{v}" for v in X[:, 1]]
    kinds = pd.Categorical(words)
    return pd.DataFrame({"a": X[:, 0], "b": words, "c": kinds})


CONTAINERS = {
    "array": lambda X: X,
    "column order": np.asfortranarray,
    "objects": lambda X: X.astype(object),
    "images": lambda X: np.repeat(X, 4, axis=1).reshape(-1, 2, 2, 2),
    "csr": csr_matrix,
    "coo": coo_matrix,
    "csc": csc_array,
    "list of lists": lambda X: X.tolist(),
    "list of arrays": lambda X: [*X],
    "list of text": lambda X: [str(row) for row in X.tolist()],
    "frame": frame,
    "polars": lambda X: pytest.importorskip("polars").DataFrame(X),
    "tensor": lambda X: pytest.importorskip("torch").as_tensor(X),
    "tensors": lambda X: [*pytest.importorskip("torch").as_tensor(X)],
}


@pytest.mark.parametrize("convert", CONTAINERS.values(), ids=CONTAINERS)
def test_the_row_that_changed_is_found(convert):
    assert changed(A, convert) == [4]


@pytest.mark.parametrize("convert", CONTAINERS.values(), ids=CONTAINERS)
def test_rows_are_known_alone_and_in_any_order(convert):
    whole = fingerprints(convert(A))
    np.testing.assert_array_equal(fingerprints(convert(A[::-1].copy())), whole[::-1])
    np.testing.assert_array_equal(fingerprints(convert(A[2:3])), whole[2:3])
    assert len(set(whole.tolist())) == 6


def test_how_numbers_are_stored_does_not_matter(tmp_path):
    expected = fingerprints(A)
    np.save(tmp_path / "a.npy", A)
    on_disk = np.load(tmp_path / "a.npy", mmap_mode="r")
    for same in (np.asfortranarray(A), on_disk, A[::1], np.repeat(A, 2, axis=0)[::2]):
        np.testing.assert_array_equal(fingerprints(same), expected)
    assert describe_data(on_disk) == describe_data(A)
    sparse = fingerprints(csr_matrix(A))
    stored = coo_matrix(
        (
            np.r_[A.ravel(), 0.0, 1, -1],
            (  # zeros, and sums
                np.r_[np.repeat(np.arange(6), 2), 0, 3, 3],
                np.r_[np.tile([0, 1], 6), 0, 1, 1],
            ),
        ),
        shape=(6, 2),
    )
    for same in (csc_array(A), stored):
        np.testing.assert_array_equal(fingerprints(same), sparse)


def test_fingerprints_are_the_same_in_every_process():
    assert fingerprints(A[:1]).tolist() == [16080767313884042546]
    assert fingerprints(["a text"]).tolist() == [8804154640604553794]


def test_chunks_do_not_show(monkeypatch):
    X = np.random.default_rng(0).normal(size=(3000, 3))
    whole = fingerprints(X)
    monkeypatch.setattr("skactive.annotation._fingerprint.ROWS_AT_ONCE", 7)
    np.testing.assert_array_equal(fingerprints(X), whole)


def test_datasets_of_torch():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.as_tensor(A))
    other = torch.utils.data.TensorDataset(torch.as_tensor(A + np.eye(6, 2)))
    differ = fingerprints(data) != fingerprints(other)
    assert np.flatnonzero(differ).tolist() == [0, 1]
    assert describe_data(data) == {"container": "dataset"}
