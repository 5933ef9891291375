"""Data sets of a published survey of active learning; layer 0."""

import numpy as np

from skactive.datasets._files import local_file, read_arrays

__all__ = ["load_survey"]

SETS = (
    "appendicitis",
    "australian",
    "banana",
    "breast",
    "clean1",
    "d31",
    "diabetes",
    "ex8a",
    "ex8b",
    "gcloudb",
    "glass",
    "haberman",
    "heart",
    "ionosphere",
    "iris",
    "mammographic",
    "r15",
    "sonar",
    "spambase",
    "tictactoe",
    "vehicle",
    "wine",
)


def load_survey(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Load a data set of a published survey of active learning [1]_.

    It is read from ``survey/<name>.npz``, with the arrays ``X`` and ``y``, in the
    folder given by the environment variable ``SKACTIVE_DATA``. There is no download:
    the published results depend on the row order and scaling of these files, which
    copies from elsewhere may not share.

    Parameters
    ----------
    name : str
        One of 22 data sets with 106 to 5,300 points, 2 to 166 features and 2 to 31
        classes, such as "sonar". The error for an unknown name lists them all.

    Returns
    -------
    X : ndarray of float64, shape (n, d)
        Features, as published: most are scaled to [-1, 1] or [0, 1].
    y : ndarray of int64, shape (n,)
        Classes 0, 1, ...

    Raises
    ------
    OSError
        If ``SKACTIVE_DATA`` is not set, or the folder does not contain the file.
    ValueError
        If the name is unknown, or the file is not the one behind the published results.

    References
    ----------
    .. [1] Zhan, Liu, Li and Chan, "A comparative survey: benchmarking for pool-based
       active learning", IJCAI 2021.

    Examples
    --------
    >>> from skactive.datasets import load_survey
    >>> X, y = load_survey("sonar")  # doctest: +SKIP
    """
    if name not in SETS:
        raise ValueError(f"name={name!r} is not a data set; choose one of {list(SETS)}")
    path = local_file(f"survey/{name}.npz")
    if path is None:
        raise OSError(
            f"{name} cannot be downloaded; set the environment variable SKACTIVE_DATA "
            f"to a folder that contains survey/{name}.npz, with arrays X and y"
        )
    X, y = read_arrays(path, ("X", "y"))
    return X, y
