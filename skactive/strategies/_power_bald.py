"""PowerBALD: BALD and chance, for batches that differ; layer 5."""

from skactive._utils.scikit_learn import StrOptions
from skactive.base import PointwiseStrategy, QueryStrategy
from skactive.base._stochastic import KINDS
from skactive.information import mutual_information

__all__ = ["PowerBALD"]


class PowerBALD(PointwiseStrategy):
    """Sample points, the likelier the more the model's draws disagree [1]_.

    Each point's BALD, transformed, gets Gumbel noise of its own, and the largest sums
    are asked: draws without replacement, in proportion to ``BALD ** beta``.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    variant : {"power", "softmax", "softrank"}, default="power"
        What points are drawn in proportion to: ``BALD ** beta``, ``exp(beta BALD)``, or
        ``rank ** -beta``, where rank 1 has the largest BALD and equal ones rank by
        index.
    beta : float, default=1.0
        Inverse temperature: 0 would be uniform, infinity is BALD. The noise is Gumbel
        of scale ``1 / beta``.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, and the noise.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron and Gal,
       "Stochastic batch acquisition: a simple baseline for deep active learning", 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import PowerBALD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = PowerBALD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "variant": [StrOptions(set(KINDS))],
        "beta": PointwiseStrategy._parameter_constraints["beta"],
    }

    def __init__(self, estimator=None, *, variant="power", beta=1.0, random_state=None):
        super().__init__(estimator, batch=variant, beta=beta, random_state=random_state)
        self.variant = variant

    @property
    def batch(self):
        """How a batch is made of the scores: the variant."""
        return self.variant

    @batch.setter
    def batch(self, batch):
        self.variant = batch

    def _score(self, p_nkc):
        return mutual_information(p_nkc)
