"""Tabular data sets; layer 0."""

import numpy as np

from skactive.datasets._files import download, local_file, read_arrays, two_sets

__all__ = ["load_satimage", "load_uci"]

# number of features; OpenML's id of the data set
UCI = {
    "kin8nm": (8, 44980),
    "power_plant": (4, None),
    "concrete": (8, 44959),
    "energy": (8, 1472),
}


def load_satimage() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load the Statlog satellite images: 3 x 3 pixels in four bands, six soil classes.

    They are read from ``satimage.npz`` in the folder given by the environment variable
    ``SKACTIVE_DATA``. If that is not set, they are downloaded and cached by
    scikit-learn's ``fetch_openml``; the download lacks a few points of the training
    set.

    Returns
    -------
    X_train : ndarray of float32, shape (4435, 36)
        Intensities from 0 to 255.
    X_test : ndarray of float32, shape (2000, 36)
        Features of the test set.
    y_train : ndarray of int64, shape (4435,)
        Classes 1, 2, 3, 4, 5 and 7.
    y_test : ndarray of int64, shape (2000,)
        Classes of the test set.

    Raises
    ------
    OSError
        If there is no local copy and the download fails.
    ValueError
        If the local copy is not the file behind the published results.

    Examples
    --------
    >>> from skactive.datasets import load_satimage
    >>> X_train, X_test, y_train, y_test = load_satimage()  # doctest: +SKIP
    """
    source = {"name": "satimage", "version": 1}
    X_train, X_test, y_train, y_test = two_sets("satimage.npz", 36, -2000, **source)
    return (
        X_train.astype(np.float32),
        X_test.astype(np.float32),
        y_train.astype(np.int64),
        y_test.astype(np.int64),
    )


def load_uci(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Load one of four regression data sets of the UCI repository.

    They are read from ``<name>.npz``, with the arrays ``X`` and ``y``, in the folder
    given by the environment variable ``SKACTIVE_DATA``. If that is not set, they are
    downloaded and cached by scikit-learn's ``fetch_openml``, except for the power
    plant, which OpenML does not have.

    Parameters
    ----------
    name : {"kin8nm", "power_plant", "concrete", "energy"}
        The forward kinematics of a robot arm (8,192 points), the output of a combined
        cycle power plant (9,568), the compressive strength of concrete (1,030), or the
        heating load of buildings (768).

    Returns
    -------
    X : ndarray of float32, shape (n, d)
        Features, not scaled: four for the power plant, eight for the others.
    y : ndarray of float32, shape (n,)
        Target values.

    Raises
    ------
    OSError
        If there is no local copy, and the download fails or does not exist.
    ValueError
        If the name is unknown, or the local copy is not the file behind the published
        results.

    Examples
    --------
    >>> from skactive.datasets import load_uci
    >>> X, y = load_uci("kin8nm")  # doctest: +SKIP
    """
    if name not in UCI:
        raise ValueError(f"name={name!r} is not a data set; choose one of {list(UCI)}")
    path = local_file(f"{name}.npz")
    if path is not None:
        X, y = read_arrays(path, ("X", "y"))
        return X, y
    d, number = UCI[name]
    if number is None:
        raise OSError(
            f"{name} is not on openml.org; set the environment variable SKACTIVE_DATA "
            f"to a folder that contains {name}.npz with arrays X and y, made from "
            "archive.ics.uci.edu/dataset/294"
        )
    return _first_target(name, d, number)


def _first_target(name, d, number):
    """Fetch features and the first target; OpenML's energy data has two targets."""
    columns = d + (2 if name == "energy" else 1)
    table, _ = download(f"{name}.npz", columns, data_id=number, target_column=None)
    table = table.astype(np.float32)
    return table[:, :d], table[:, d]
