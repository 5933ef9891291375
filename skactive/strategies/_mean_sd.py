"""MeanSD: mean standard deviation of class probabilities; layer 5."""

from skactive._utils.array import namespace
from skactive.base import PointwiseStrategy
from skactive.information import variance

__all__ = ["MeanSD"]


class MeanSD(PointwiseStrategy):
    """Mean standard deviation of class probabilities [1]_.

    The score is the standard deviation of the probability of a class over the posterior
    samples (draws), averaged over classes.

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``; see `PointwiseStrategy`.
    beta : float, default=1.0
        Inverse temperature of the sampling; large values approach "top".
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.

    References
    ----------
    .. [1] Kampffmeyer, Salberg and Jenssen, "Semantic segmentation of small objects and
       modeling of uncertainty in urban remote sensing images using deep convolutional
       neural networks", CVPR workshops 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import MeanSD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = MeanSD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)

    def _score(self, p_nkc):
        return namespace(p_nkc).mean(variance(p_nkc) ** 0.5, axis=-1)
