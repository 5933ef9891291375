"""BatchBALD: joint mutual information of a batch and the model; layer 5."""

from numbers import Integral

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import JointInformation
from skactive.selection import lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["BatchBALD"]


class BatchBALD(QueryStrategy):
    """Batch Bayesian active learning by disagreement (BatchBALD) [1]_.

    The objective of a batch is the joint mutual information, in nats, between all its
    labels and the model, so that information shared by several points counts once. The
    first pick is that of `BALD`. With k draws the mutual information cannot exceed
    log k nats, which about log k / log c picks reach; once no candidate adds
    information, points are ranked by their own BALD score, with a warning.

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
    max_configurations : int, default=10_000
        Maximum number of joint label configurations of the batch to enumerate; b picks
        with c classes have ``c ** b``. For larger batches this many configurations are
        sampled anew at every step.
    entropies : {"dynamic", "exact", "sampled"}, default="dynamic"
        How to compute joint entropies. "dynamic" enumerates all configurations while
        there are at most `max_configurations`, and samples them afterwards. "exact"
        always enumerates, and raises ``ValueError`` if there are more. "sampled"
        samples from the second pick on.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the sampled
        configurations. Pass an int for reproducible results.

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
    .. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
       acquisition for deep Bayesian active learning", NeurIPS 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BatchBALD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BatchBALD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    distributed = True

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
        "entropies": [StrOptions({"dynamic", "exact", "sampled"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        max_configurations=10_000,
        entropies="dynamic",
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.max_configurations = max_configurations
        self.entropies = entropies

    def _objective(self, X_pool, rng):
        seed = int(rng.integers(2**63))
        parts = as_pool(X_pool).map(self._information, self._functions(rng), seed)
        return objective_over(parts)

    def _information(self, X, first, functions, seed):
        beside = 8 * self.sampler_.n_draws_  # bytes per point: the entropy of each draw
        return JointInformation(
            self.sampler_.evaluate_lazily(functions, X, beside=beside, first=first),
            seed,
            max_configurations=self.max_configurations,
            entropies=self.entropies,
        )

    def _search(self, f, n, rng, terms=PLAIN):
        # exact for enumerated configurations; sampled gains diminish up to their noise
        return lazy_greedy(f, n, **terms.options)
