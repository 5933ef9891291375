"""Tables of numbers; layer 0."""

import numpy as np

from skactive.datasets._files import download, local_file, read_arrays, two_sets

__all__ = ["load_satimage", "load_uci"]

# features; OpenML's number
UCI = {
    "kin8nm": (8, 44980),
    "power_plant": (4, None),
    "concrete": (8, 44959),
    "energy": (8, 1472),
}


def load_satimage() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load Statlog's satellite image data: four bands of 3 x 3 pixels, six soils.

    They are read from ``satimage.npz`` in the folder that the environment variable
    ``SKACTIVE_DATA`` names, and without it downloaded, and kept, by scikit-learn's
    ``fetch_openml``; the download lacks a few points of the training set.

    Returns
    -------
    X_train : ndarray of float32, shape (4435, 36)
        Intensities from 0 to 255.
    X_test : ndarray of float32, shape (2000, 36)
        Those of the test set.
    y_train : ndarray of int64, shape (4435,)
        Classes 1, 2, 3, 4, 5 and 7.
    y_test : ndarray of int64, shape (2000,)
        Those of the test set.

    Raises
    ------
    OSError
        If there is neither a copy nor a network.
    ValueError
        If the copy holds other data.

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
    """Load one of four regression sets of the UCI repository.

    They are read from ``<name>.npz``, with ``X`` and ``y``, in the folder that the
    environment variable ``SKACTIVE_DATA`` names, and without it downloaded, and kept,
    by scikit-learn's ``fetch_openml``; but OpenML does not have the power plant.

    Parameters
    ----------
    name : {"kin8nm", "power_plant", "concrete", "energy"}
        The forward kinematics of a robot's arm (8,192 points), the output of a
        combined cycle power plant (9,568), the strength of concrete (1,030) or the
        heating load of buildings (768).

    Returns
    -------
    X : ndarray of float32, shape (n, d)
        Features, not scaled; four of the power plant and eight of the others.
    y : ndarray of float32, shape (n,)
        Values.

    Raises
    ------
    OSError
        If there is neither a copy nor a network.
    ValueError
        If the copy holds other data, or there is no such set.

    Examples
    --------
    >>> from skactive.datasets import load_uci
    >>> X, y = load_uci("kin8nm")  # doctest: +SKIP
    """
    if name not in UCI:
        raise ValueError(f"there is no set {name!r}; there are {list(UCI)}")
    path = local_file(f"{name}.npz")
    if path is not None:
        X, y = read_arrays(path, ("X", "y"))
        return X, y
    d, number = UCI[name]
    if number is None:
        raise OSError(
            f"{name} is not on openml.org: set the environment variable SKACTIVE_DATA "
            f"to a folder that holds {name}.npz with X and y, made of archive.ics.uci."
            "edu/dataset/294"
        )
    return _first_target(name, d, number)


def _first_target(name, d, number):
    """Features and the first target: OpenML's energy has two."""
    columns = d + (2 if name == "energy" else 1)
    table, _ = download(f"{name}.npz", columns, data_id=number, target_column=None)
    table = table.astype(np.float32)
    return table[:, :d], table[:, d]
