"""Models and strategies of the command line, depending on the data.

Transformers that do not use labels are fitted once on all rows, and frozen: fitted on a
few labelled rows only, a vocabulary or a scaling would be poor.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skactive.annotation._cli_cnn import make_cnn
from skactive.annotation._cli_data import Data
from skactive.strategies import (
    BALD,
    Entropy,
    Margin,
    RandomSampling,
    UncertaintyHerding,
)

__all__ = ["MODELS", "STRATEGIES", "ImagePixels", "make_strategy"]

MODELS = ("forest", "logistic", "cnn")
STRATEGIES = {
    "margin": Margin,
    "herding": UncertaintyHerding,
    "entropy": Entropy,
    "bald": BALD,
    "random": RandomSampling,
}
DATES = ["datetime", "datetimetz"]
FEW_VALUES = 40  # strings with up to so many distinct values are categories, else text
SIDE = 32  # height and width of shrunk images, in pixels
N_COMPONENTS = 50
MOST_IMAGES = 2_000  # number of images that PCA is fitted on


def make_strategy(
    data: Data,
    model: str | None = None,
    strategy: str | None = None,
    classes: Sequence[str] | None = None,
) -> Any:
    """Make a strategy and a model that suit the data.

    Parameters
    ----------
    data : Data
        The data to label.
    model : {"forest", "logistic", "cnn"}, default=None
        Name of the model; by default chosen by the kind of data.
    strategy : str, default=None
        One of `STRATEGIES`; by default chosen by the kind of data.
    classes : sequence of str, default=None
        The classes, required by the CNN.

    Returns
    -------
    QueryStrategy
        The strategy, not fitted.
    """
    default = "herding" if data.kind == "images" else "margin"
    chosen = STRATEGIES[strategy or default]
    if chosen is UncertaintyHerding and data.kind == "text":
        raise ValueError(
            "--strategy herding supports tables and images, not text; use margin "
            "instead"
        )
    return chosen(_model(data, model, classes))


def _model(data, model, classes):
    if model == "cnn":
        if data.kind != "images":
            raise ValueError(f"--model cnn supports images only, not {data.kind}")
        if classes is None:
            raise ValueError(
                "--model cnn needs --classes, as it has one output for each"
            )
        pixels = ImagePixels(data.folder, SIDE, flat=False)
        return make_pipeline(FrozenEstimator(pixels), make_cnn(len(classes), SIDE))
    default = "logistic" if data.kind == "text" else "forest"
    final = {
        "forest": RandomForestClassifier(100),
        "logistic": LogisticRegression(max_iter=1000, C=10),
    }[model or default]
    makers = {"table": _table, "text": _text, "images": _images}
    return make_pipeline(*map(FrozenEstimator, makers[data.kind](data)), final)


def _text(data):
    vectors = TfidfVectorizer(sublinear_tf=True, max_features=50_000)
    return [vectors.fit(data.X)]


def _images(data):
    pixels = ImagePixels(data.folder, SIDE)
    step = -(-len(data.X) // MOST_IMAGES)
    sample = pixels.transform(data.X[::step])
    n_components = min(N_COMPONENTS, *sample.shape)
    return [pixels, PCA(n_components, random_state=0).fit(sample)]


def _table(data):
    """Encode columns by their type, like skrub's TableVectorizer."""
    frame = data.X
    dates = frame.select_dtypes(DATES).columns.tolist()
    steps = [
        (transform, names)
        for transform, names in (
            (_numbers(), frame.select_dtypes("number").columns.tolist()),
            (_dates(), dates),
            (_categories(), _of_strings(frame, few=True)),
        )
        if names
    ]
    steps += [(_words(), name) for name in _of_strings(frame, few=False)]
    return [make_column_transformer(*steps, sparse_threshold=0).fit(frame)]


def _of_strings(frame, few):
    others = frame.select_dtypes(exclude=["number", *DATES])
    is_few = {name: frame[name].astype(str).nunique() <= FEW_VALUES for name in others}
    return [name for name, found in is_few.items() if found is few]


def _numbers():
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )


def _dates():
    return make_pipeline(FunctionTransformer(_seconds), _numbers())


def _seconds(frame):
    import pandas as pd

    start = pd.Timestamp(0, tz="UTC")
    return frame.apply(
        lambda dates: (pd.to_datetime(dates, utc=True) - start).dt.total_seconds()
    )


def _categories():
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(FunctionTransformer(_strings), encoder)


def _words():
    return make_pipeline(
        FunctionTransformer(_strings),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=20_000),
        TruncatedSVD(20, random_state=0),
    )


def _strings(values):
    return values.astype(object).where(values.notna(), "").astype(str)


class ImagePixels(TransformerMixin, BaseEstimator):
    """Transformer from paths of images to their shrunk pixels; each is read once.

    Parameters
    ----------
    folder : Path
        Folder to which the paths are relative.
    side : int
        Height and width of the shrunk images.
    flat : bool, default=True
        Whether to return pixels as (n, 3 side²) instead of (n, 3, side, side). They are
        between 0 and 1.
    """

    def __init__(self, folder: Any, side: int, flat: bool = True) -> None:
        self.folder, self.side, self.flat = folder, side, flat
        self._read: dict[str, np.ndarray] = {}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any = None) -> "ImagePixels":
        """Do nothing, as nothing is learnt."""
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the pixels of the images with paths `X`."""
        pixels = np.stack([self._pixels(str(path)) for path in X])
        pixels = pixels.astype(np.float32) / 255
        return pixels.reshape(len(pixels), -1) if self.flat else pixels

    def _pixels(self, path):
        if path not in self._read:
            self._read[path] = _shrunk(self.folder / path, self.side)
        return self._read[path]


def _shrunk(path, side):
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            small = image.convert("RGB").resize((side, side))
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
    return np.moveaxis(np.asarray(small), -1, 0)
