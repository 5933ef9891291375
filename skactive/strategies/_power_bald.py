"""PowerBALD: stochastic batches by BALD; layer 5."""

from skactive._utils.scikit_learn import StrOptions
from skactive.base import PointwiseStrategy, QueryStrategy
from skactive.base._stochastic import KINDS
from skactive.information import mutual_information

__all__ = ["PowerBALD"]


class PowerBALD(PointwiseStrategy):
    """PowerBALD: stochastic batch acquisition with BALD [1]_.

    Points are sampled without replacement, with probabilities proportional to
    ``BALD ** beta``, by adding Gumbel noise to the transformed BALD scores and
    selecting the n largest sums. Such batches are less redundant than the n largest
    scores.

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
    variant : {"power", "softmax", "softrank"}, default="power"
        Whether sampling probabilities are proportional to ``BALD ** beta``,
        ``exp(beta * BALD)`` or ``rank ** -beta``, where rank 1 has the largest BALD and
        ties are ranked by index.
    beta : float, default=1.0
        Inverse temperature: sampling approaches uniform sampling for small values, and
        `BALD` for large ones. The Gumbel noise has scale ``1 / beta``.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the noise. Pass
        an int for reproducible results.

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
        """How to select a batch from the scores: the variant."""
        return self.variant

    @batch.setter
    def batch(self, batch):
        self.variant = batch

    def _score(self, p_nkc):
        return mutual_information(p_nkc)
