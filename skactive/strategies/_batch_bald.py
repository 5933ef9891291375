"""BatchBALD: labels that together say most about the model; layer 5."""

from numbers import Integral

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import JointInformation
from skactive.selection import lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["BatchBALD"]


class BatchBALD(QueryStrategy):
    """Select points whose labels together say most about the model [1]_.

    A batch is worth the information, in nats, that its labels and the model have about
    each other jointly, so that what two points would both tell is counted once. The
    first pick is that of `BALD`. A batch that has told all there is to know, log k
    nats, goes on by the points' own BALD, with a warning.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    max_configurations : int, default=10_000
        Number of joint labellings of the picks up to which all are weighed: c classes
        and b picks have ``c ** b``. Beyond, as many are sampled, afresh at every step.
    entropies : {"dynamic", "exact", "sampled"}, default="dynamic"
        Whether joint entropies are exact as long as that takes no more than
        `max_configurations`, always (``ValueError`` where it takes more), or sampled
        from the second pick on.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, and the sampled labellings.

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
        beside = 8 * self.sampler_.n_draws_  # the entropy of each draw
        return JointInformation(
            self.sampler_.evaluate_lazily(functions, X, beside=beside, first=first),
            seed,
            max_configurations=self.max_configurations,
            entropies=self.entropies,
        )

    def _search(self, f, n, rng, terms=PLAIN):
        return lazy_greedy(f, n, **terms.options)
