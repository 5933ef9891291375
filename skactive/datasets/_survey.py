"""The data sets of a published survey of active learning; layer 0."""

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

    It is read from ``survey/<name>.npz``, with ``X`` and ``y``, in the folder that the
    environment variable ``SKACTIVE_DATA`` names. There is no download: published
    results are for the rows in the order of these files, scaled as they are, which
    copies elsewhere need not keep.

    Parameters
    ----------
    name : str
        One of 22 sets of 106 to 5,300 points, with 2 to 166 features and 2 to 31
        classes, such as "sonar"; the error for any other name lists them.

    Returns
    -------
    X : ndarray of float64, shape (n, d)
        Features, as published: most are scaled to [-1, 1] or [0, 1].
    y : ndarray of int64, shape (n,)
        Classes 0, 1, ...

    Raises
    ------
    OSError
        If ``SKACTIVE_DATA`` is not set, or the folder lacks the file.
    ValueError
        If the file holds other data, or there is no such set.

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
        raise ValueError(f"there is no set {name!r}; there are {list(SETS)}")
    path = local_file(f"survey/{name}.npz")
    if path is None:
        raise OSError(
            f"{name} cannot be downloaded: set the environment variable SKACTIVE_DATA "
            f"to a folder that holds survey/{name}.npz, with X and y"
        )
    X, y = read_arrays(path, ("X", "y"))
    return X, y
