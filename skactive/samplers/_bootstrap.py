"""The bootstrap: any model becomes an ensemble of its own refits; layer 3."""

from numbers import Integral

import numpy as np
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.parallel import Parallel, delayed

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, n_rows, take_params, take_rows
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._nets import evaluated, is_net, seeded
from skactive.samplers._routing import route
from skactive.samplers._seeds import reseed
from skactive.samplers._unwrap import is_frozen
from skactive.samplers._vote import aligned_proba, one_model, predicts

__all__ = ["BootstrapSampler", "by_points"]

# Fit parameters with one entry for each point: of scikit-learn, and of boosters
OF_POINTS = ("sample_weight", "groups", "base_margin", "init_score")


class BootstrapSampler(PosteriorSampler):
    """Draw refits of any model on resamples of the labelled points [1]_.

    Each draw is the model fitted on as many labelled points as there are, taken with
    replacement: as rough a posterior as it is general. The model is also fitted on all
    labelled points, for predictions.

    Of each class a resample takes as many points as are labelled, so that a model that
    can be fitted on the labelled points misses no class in any resample. A class of one
    point is that point in every draw.

    Parameters
    ----------
    estimator : estimator
        Any classifier or regressor; a ``Pipeline`` is refitted as a whole. A
        classifier without ``predict_proba`` casts a vote.
    n_draws : int, default=50
        Number of refits.
    device : str or None, default=None
        Where the draws go; see `PosteriorSampler`.
    n_jobs : int, default=None
        Number of models fitted at once, by joblib.
    random_state : int, RandomState or None, default=None
        Draws the resamples, and a seed for every ``random_state`` within each refit,
        as scikit-learn's bagging does.

    Attributes
    ----------
    estimator_ : estimator
        The model fitted on all labelled points.
    members_ : list of estimators
        The refits, one a draw.
    resamples_ : ndarray of shape (k, n)
        The labelled points that each refit has seen.
    classes_ : ndarray of shape (c,)
        The labels (classification).
    n_draws_ : int
        The k of the draws.
    n_outputs_ : int
        The c of the draws.

    Notes
    -----
    Parameters of ``fit`` that belong to the points are resampled with them, where they
    have one entry for each: `sample_weight`, `groups`, ``base_margin`` and
    ``init_score`` of boosters, perhaps of a pipeline's step; with metadata routing, all
    that the model requests. Any other is passed to every refit as it is.

    References
    ----------
    .. [1] Efron, "Bootstrap methods: another look at the jackknife", Annals of
       Statistics, 1979.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive.samplers import BootstrapSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> sampler = BootstrapSampler(GaussianNB(), n_draws=10, random_state=0)
    >>> sampler.fit(X[::5], y[::5]).draw(X, rng=0).shape
    (150, 10, 3)
    """

    when_frozen = "refused"
    uses_rng = False  # the refits are made by ``fit``

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    @staticmethod
    def accepts(final):
        """Whether `final` is a classifier or regressor; `as_sampler` never asks."""
        return predicts(final)

    def __init__(
        self, estimator, *, n_draws=50, device=None, n_jobs=None, random_state=None
    ):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )
        self.n_jobs = n_jobs

    def fit(self, X, y, **fit_params):
        """Fit the model on all points, and once on each resample of them.

        Parameters
        ----------
        X : array-like of n points
            Whatever the model accepts.
        y : array-like of shape (n,) or (n, n_targets)
            Their labels or values.
        **fit_params : dict
            Passed to the model's ``fit``; those that belong to the points are
            resampled with them: see the notes.

        Returns
        -------
        self : object
            The fitted sampler.
        """
        if is_frozen(self.estimator):
            raise ValueError(
                f"{self._name} cannot refit a FrozenEstimator: all draws would be one "
                "and the same; give it the model itself"
            )
        super().fit(X, y, **fit_params)
        random_state = check_random_state(self.random_state)
        rng = np.random.default_rng(random_state.randint(2**32, dtype=np.uint32))
        n = n_rows(X)
        self.resamples_ = np.stack(
            [self._resample(n, y, rng) for _ in range(self.n_draws)]
        )
        params = by_points(route(self, "fit", fit_params))
        self.members_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_member)(self.estimator, X, y, rows, seed, *params)
            for rows, seed in zip(
                self.resamples_, rng.integers(2**31, size=self.n_draws), strict=True
            )
        )
        return self

    def _resample(self, n, y, rng):
        """Rows with replacement, of each class as many as there are: (n,)."""
        if self.task == "regression" or y is None:
            return rng.integers(n, size=n)
        rows, (_, class_n) = np.empty(n, dtype=np.intp), _classes_of(y)
        for c in range(class_n.max() + 1):
            of_class = np.flatnonzero(class_n == c)
            rows[of_class] = rng.choice(of_class, size=len(of_class))
        return rows

    def _learn_outputs(self, X, y):
        super()._learn_outputs(X, y)
        self._is_net = is_net(self._final)
        if self._is_net and self.task == "classification":
            # a net's outputs are 0..c-1, whichever labels it has seen
            first = take_rows(X, slice(0, 1))
            self.n_outputs_ = evaluated(self.estimator_).predict_proba(first).shape[1]
            self.classes_ = np.arange(self.n_outputs_)

    def functions(self, rng):
        """Return the refits; they are the same for every query."""
        return lambda X: np.stack([self._output(m, X) for m in self.members_], axis=1)

    def _output(self, member, X):
        """One refit's probabilities or values: (n, c)."""
        if self.task == "regression":
            return np.reshape(evaluated(member).predict(X), (-1, self.n_outputs_))
        if self._is_net:
            return evaluated(member).predict_proba(X)
        return aligned_proba(member, X, self.classes_)


def _classes_of(y):
    return np.unique(np.ravel(to_numpy(y)), return_inverse=True)


def by_points(params):
    """Split fit parameters: those to resample with the points, and the others."""
    # what is requested by metadata routing belongs to points: scikit-learn's
    # cross-validation splits it with them
    routed = get_config()["enable_metadata_routing"]
    ours = {n for n in params if routed or n.split("__")[-1] in OF_POINTS}
    others = {name: params[name] for name in params if name not in ours}
    return {name: params[name] for name in params if name in ours}, others


def _fit_member(estimator, X, y, rows, seed, of_points, others):
    """Clone the model, give it chance of its own, and fit it on some of the rows."""
    member = reseed(clone(one_model(estimator), safe=False), seed)
    params = {**take_params(X, of_points, rows), **others}
    try:
        with seeded(member, seed):
            return member.fit(take_rows(X, rows), take_rows(y, rows), **params)
    except Exception as error:
        error.add_note(
            "in a refit by BootstrapSampler: a resample has fewer distinct points than "
            "the labelled set; regularise the model so that it can be fitted on these"
        )
        raise
