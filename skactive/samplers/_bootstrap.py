"""The bootstrap: any model becomes an ensemble of its own refits; layer 3."""

from numbers import Integral

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils import check_random_state
from sklearn.utils.parallel import Parallel, delayed

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, n_rows, take_params, take_rows
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._routing import route
from skactive.samplers._seeds import global_seed, reseed
from skactive.samplers._unwrap import is_frozen
from skactive.samplers._vote import aligned_proba, one_model
from skactive.samplers.dropout._sampler import DropoutSampler

__all__ = ["BootstrapSampler"]


class BootstrapSampler(PosteriorSampler):
    """Draw refits of any model on resamples of the labelled points [1]_.

    Each draw is the model fitted on as many labelled points as there are, taken with
    replacement: as rough a posterior as it is general. The model is also fitted on all
    labelled points, for predictions.

    A class that a resample misses gets probability 0 in that draw. A resample of one
    single class, from which many models cannot learn, is drawn again.

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

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    @staticmethod
    def accepts(final):
        """Whether `final` is a classifier or regressor; `as_sampler` never asks."""
        return is_classifier(final) or is_regressor(final)

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
            Passed to the model's ``fit``; those with one entry a point are resampled
            with the points.

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
        self.resamples_ = np.stack(
            [self._resample(n_rows(X), y, rng) for _ in range(self.n_draws)]
        )
        params = route(self, "fit", fit_params)
        self.members_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_member)(self.estimator, X, y, rows, seed, params)
            for rows, seed in zip(
                self.resamples_, rng.integers(2**31, size=self.n_draws), strict=True
            )
        )
        return self

    def _resample(self, n, y, rng):
        rows = rng.integers(n, size=n)
        if self.task == "classification":
            y = to_numpy(y)
            while (y[rows] == y[rows[0]]).all() and not (y == y[0]).all():
                rows = rng.integers(n, size=n)
        return rows

    def _learn_outputs(self, X, y):
        super()._learn_outputs(X, y)
        self._is_net = DropoutSampler.accepts(self._final)
        if self._is_net and self.task == "classification":
            # a net's outputs are 0..c-1, whichever labels it has seen
            first = take_rows(X, slice(0, 1))
            self.n_outputs_ = self.estimator_.predict_proba(first).shape[1]
            self.classes_ = np.arange(self.n_outputs_)

    def check_randomness(self):
        """Raise ``ValueError`` where there is one refit only."""
        if self.n_draws_ < 2:
            raise ValueError(
                f"{self._name} has n_draws={self.n_draws_}, and one draw cannot "
                "disagree with itself: use more"
            )

    def functions(self, rng):
        """Return the refits; they are the same for every query."""
        return lambda X: np.stack([self._output(m, X) for m in self.members_], axis=1)

    def _output(self, member, X):
        """One refit's probabilities or values: (n, c)."""
        if self.task == "regression":
            return np.reshape(member.predict(X), (-1, self.n_outputs_))
        if self._is_net:
            return member.predict_proba(X)
        return aligned_proba(member, X, self.classes_)


def _fit_member(estimator, X, y, rows, seed, fit_params):
    """Clone the model, give it chance of its own, and fit it on some of the rows."""
    member = reseed(clone(one_model(estimator), safe=False), seed)
    params = take_params(X, fit_params, rows)
    with global_seed(seed):
        return member.fit(take_rows(X, rows), take_rows(y, rows), **params)
