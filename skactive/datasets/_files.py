"""Where data sets come from: a folder of the user's, or OpenML; layer 0.

A file of the folder holds what it held when results were published, or is refused: its
contents have a size and a checksum in `_checksums`. What is downloaded scikit-learn
checks against OpenML's.
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
    """Path of a data file in the folder SKACTIVE_DATA; None where that is not set."""
    folder = os.environ.get("SKACTIVE_DATA")
    if not folder:
        return None
    path = Path(folder) / name
    if not path.exists():
        raise FileNotFoundError(
            f"the environment variable SKACTIVE_DATA names {folder}, which holds no "
            f"{name}: put it there, or unset the variable to download the data"
        )
    return path


def read_arrays(path: Path, names: Sequence[str]) -> list[np.ndarray]:
    """Arrays of an ``.npz`` file, in the order of their names, checked."""
    with _open_zip(path), np.load(path) as data:
        missing = set(names) - set(data.files)
        if missing:
            raise ValueError(
                f"{path} holds {sorted(data.files)}, and {sorted(missing)} is missing"
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
    """A zip file that lists the files it should; each is checked as it is read."""
    archive = _open_zip(path)
    digest = hashlib.blake2b(digest_size=24)
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        digest.update(f"{info.filename} {info.CRC:08x}\n".encode())
    _check(path, digest)
    return archive


def _open_zip(path):
    """A zip file that unpacks to no more than it should."""
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no zip file, or is cut short: replace the file")
    archive = zipfile.ZipFile(path)
    size, known = sum(info.file_size for info in archive.infolist()), SIZES[path.name]
    if size > known + SLACK:
        archive.close()
        raise ValueError(
            f"{path} would unpack to {size} bytes, and the {path.name} that results "
            f"are known for to {known}: replace the file"
        )
    return archive


def _check(path, digest):
    if digest.hexdigest() != CHECKSUMS[path.name]:
        raise ValueError(
            f"{path} holds other data than the {path.name} that results are known "
            f"for: its checksum is {digest.hexdigest()}; replace the file"
        )


def download(
    file: str, n_features: int, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets of a data set of OpenML, as scikit-learn keeps them."""
    try:
        X, y = fetch_openml(**options, as_frame=False, return_X_y=True)
    except OSError as error:
        raise OSError(
            f"the data of {file} could not be downloaded from openml.org: connect, or "
            f"set the environment variable SKACTIVE_DATA to a folder that holds {file}"
        ) from error
    if X.shape[1:] != (n_features,):
        raise ValueError(
            f"OpenML's {options} has shape {X.shape}, and {n_features} features were "
            f"expected: set SKACTIVE_DATA to a folder that holds {file}"
        )
    return X, y


def two_sets(
    file: str, n_features: int, n_train: int, **options: Any
) -> Sequence[np.ndarray]:
    """Training and test arrays of a file, or of a download that puts them in a row."""
    path = local_file(file)
    if path is not None:
        return read_arrays(path, ("X_train", "X_test", "y_train", "y_test"))
    X, y = download(file, n_features, **options)
    y = y.astype(np.float64).astype(np.int64)  # "7", or "7."
    return X[:n_train], X[n_train:], y[:n_train], y[n_train:]
