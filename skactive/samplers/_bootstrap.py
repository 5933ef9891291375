"""BootstrapSampler: an ensemble of refits of any model; layer 3."""

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

# Names of fit parameters with one entry per point, in scikit-learn and boosters
OF_POINTS = ("sample_weight", "groups", "base_margin", "init_score")


class BootstrapSampler(PosteriorSampler):
    """Bootstrap: draw refits of any model on resamples of the labelled points [1]_.

    Each draw is the model fitted on a resample, as large as the labelled set and drawn
    with replacement. It is the most general but also the crudest posterior. The model
    is also fitted on all labelled points, for predictions.

    Resampling is stratified: a resample has as many points of each class as the
    labelled set, so that no refit misses a class. A class with one labelled point has
    that point in every resample.

    Parameters
    ----------
    estimator : estimator
        Any classifier or regressor; a ``Pipeline`` is refitted as a whole. A classifier
        without ``predict_proba`` votes: probability 1 for the class it predicts.
    n_draws : int, default=50
        Number of refits.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    n_jobs : int, default=None
        Number of jobs of joblib for the refits.
    random_state : int, RandomState or None, default=None
        Seed of the resamples, and of every ``random_state`` within each refit, as in
        scikit-learn's bagging.

    Attributes
    ----------
    estimator_ : estimator
        The model fitted on all labelled points.
    members_ : list of estimators
        The refits, one per draw.
    resamples_ : ndarray of shape (k, n)
        Indices of the labelled points in each resample.
    classes_ : ndarray of shape (c,)
        The classes (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.

    Notes
    -----
    Parameters of ``fit`` with one entry per point are resampled together with the
    points: `sample_weight`, `groups`, and ``base_margin`` and ``init_score`` of
    boosters, also with the prefix of a pipeline's step; with metadata routing enabled,
    all metadata that the model requests. Other parameters are passed on unchanged.

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
    uses_rng = False  # fit makes the refits: they are the same in every query

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    @staticmethod
    def accepts(final):
        """Whether `final` predicts; `as_sampler` never chooses the bootstrap itself."""
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
            Points, in any form that the model accepts.
        y : array-like of shape (n,) or (n, n_targets)
            Labels or target values of the points.
        **fit_params : dict
            Passed to the model's ``fit``. Those with one entry per point are resampled;
            see Notes.

        Returns
        -------
        self : object
            The fitted sampler.
        """
        if is_frozen(self.estimator):
            raise ValueError(
                f"{self._name} cannot refit a FrozenEstimator, so all draws would be "
                "the same; pass the model without freezing it"
            )
        super().fit(X, y, **fit_params)
        random_state = check_random_state(self.random_state)
        rng = np.random.default_rng(random_state.randint(2**32, dtype=np.uint32))
        n = n_rows(X)
        self.resamples_ = np.stack(  # drawn here, so that n_jobs does not change them
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
        """Draw rows with replacement, as many of each class as there are: (n,)."""
        if self.task == "regression" or y is None:
            return rng.integers(n, size=n)
        # row i of a resample has the class of row i, so y need not change for fit
        # parameters
        rows, (_, class_n) = np.empty(n, dtype=np.intp), _classes_of(y)
        for c in range(class_n.max() + 1):
            of_class = np.flatnonzero(class_n == c)
            rows[of_class] = rng.choice(of_class, size=len(of_class))
        return rows

    def _learn_outputs(self, X, y, fit_params):
        super()._learn_outputs(X, y, fit_params)
        self._is_net = is_net(self._final)
        if self._is_net and self.task == "classification":
            # the outputs of a net are 0..c-1, whatever labels it was trained on
            first = take_rows(X, slice(0, 1))
            self.n_outputs_ = evaluated(self.estimator_).predict_proba(first).shape[1]
            self.classes_ = np.arange(self.n_outputs_)

    def functions(self, rng):
        """Return the refits, which are the same in every query."""
        return lambda X: np.stack([self._output(m, X) for m in self.members_], axis=1)

    def _output(self, member, X):
        """Probabilities or values predicted by one refit: (n, c)."""
        if self.task == "regression":
            return np.reshape(evaluated(member).predict(X), (-1, self.n_outputs_))
        if self._is_net:
            return evaluated(member).predict_proba(X)
        return aligned_proba(member, X, self.classes_)


def _classes_of(y):
    return np.unique(np.ravel(to_numpy(y)), return_inverse=True)


def by_points(params):
    """Split fit parameters into those with one entry per point and the others."""
    # metadata requested by routing have one entry per point by convention:
    # scikit-learn's cross-validation splits them too
    routed = get_config()["enable_metadata_routing"]
    ours = {n for n in params if routed or n.split("__")[-1] in OF_POINTS}
    others = {name: params[name] for name in params if name not in ours}
    return {name: params[name] for name in params if name in ours}, others


def _fit_member(estimator, X, y, rows, seed, of_points, others):
    """Clone the model, seed it, and fit it on some of the rows."""
    member = reseed(clone(one_model(estimator), safe=False), seed)
    params = {**take_params(X, of_points, rows), **others}
    try:
        with seeded(member, seed):
            return member.fit(take_rows(X, rows), take_rows(y, rows), **params)
    except Exception as error:
        error.add_note(
            "in a refit by BootstrapSampler: a resample has fewer distinct points than "
            "the labelled set; regularize the model so that it can be fitted on these"
        )
        raise
