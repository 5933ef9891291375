"""Find data files in a local folder, or download them from OpenML; layer 0.

A local file is used only if its size and checksum, listed in `_checksums`, are those of
the file behind the published results. For downloads, scikit-learn verifies OpenML's
checksums.
"""

import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import fetch_openml

from skactive.datasets._checksums import CHECKSUMS, SIZES

__all__ = ["download", "local_file", "open_archive", "read_arrays", "two_sets"]

SLACK = 2**16  # headers of arrays differ between versions of NumPy


def local_file(name: str) -> Path | None:
    """Path of a data file in the folder SKACTIVE_DATA; None if it is not set."""
    folder = os.environ.get("SKACTIVE_DATA")
    if not folder:
        return None
    path = Path(folder) / name
    if not path.exists():
        raise FileNotFoundError(
            f"the folder {folder}, set by the environment variable SKACTIVE_DATA, "
            f"has no file {name}; add it, or unset the variable to download the data"
        )
    return path


def read_arrays(path: Path, names: Sequence[str]) -> list[np.ndarray]:
    """Read and verify arrays of an ``.npz`` file, in the order of `names`."""
    with _open_zip(path), np.load(path) as data:
        missing = set(names) - set(data.files)
        if missing:
            raise ValueError(
                f"{path} has the arrays {sorted(data.files)}, but {sorted(missing)} "
                "is missing; replace the file"
            )
        arrays = {name: data[name] for name in names}
    digest = hashlib.blake2b(digest_size=24)
    for name in sorted(arrays):
        a = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {a.dtype} {a.shape}".encode())
        digest.update(a.data)
    _check(path, digest)
    return list(arrays.values())


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a zip file and verify its list of files; each file's CRC is in that list."""
    archive = _open_zip(path)
    digest = hashlib.blake2b(digest_size=24)
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        digest.update(f"{info.filename} {info.CRC:08x}\n".encode())
    _check(path, digest)
    return archive


def _open_zip(path):
    """Open a zip file, unless it would unpack to more than expected."""
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a zip file, or is truncated; replace the file")
    archive = zipfile.ZipFile(path)
    size, known = sum(info.file_size for info in archive.infolist()), SIZES[path.name]
    if size > known + SLACK:
        archive.close()
        raise ValueError(
            f"{path} would unpack to {size} bytes, but the {path.name} behind the "
            f"published results to {known}; replace the file"
        )
    return archive


def _check(path, digest):
    if digest.hexdigest() != CHECKSUMS[path.name]:
        raise ValueError(
            f"{path} differs from the {path.name} behind the published results: its "
            f"checksum is {digest.hexdigest()}; replace the file"
        )


def download(
    file: str, n_features: int, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Fetch features and targets from OpenML; scikit-learn caches the download."""
    try:
        X, y = fetch_openml(**options, as_frame=False, return_X_y=True)
    except OSError as error:
        raise OSError(
            f"the data of {file} could not be downloaded from openml.org; connect to "
            f"the internet, or set the environment variable SKACTIVE_DATA to a folder "
            f"that contains {file}"
        ) from error
    if X.shape[1:] != (n_features,):
        raise ValueError(
            f"OpenML's {options} has shape {X.shape}, but {n_features} features are "
            f"expected; set SKACTIVE_DATA to a folder that contains {file}"
        )
    return X, y


def two_sets(
    file: str, n_features: int, n_train: int, **options: Any
) -> Sequence[np.ndarray]:
    """Load a training and a test set, from a file or split off one download."""
    path = local_file(file)
    if path is not None:
        return read_arrays(path, ("X_train", "X_test", "y_train", "y_test"))
    X, y = download(file, n_features, **options)
    y = y.astype(np.float64).astype(np.int64)  # OpenML has them as "7" or "7."
    return X[:n_train], X[n_train:], y[:n_train], y[n_train:]
