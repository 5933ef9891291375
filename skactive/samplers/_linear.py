"""LinearSampler: draws of the weights of linear models; layer 3."""

from numbers import Integral

import numpy as np
from scipy.sparse import csr_array, hstack, issparse
from scipy.special import expit, softmax
from sklearn.linear_model import ARDRegression, BayesianRidge, LogisticRegression
from sklearn.utils.validation import validate_data

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, n_rows, weight_of_classes
from skactive._utils.warnings import warn_caller
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._laplace import draw_deviations
from skactive.samplers._routing import weight_of_points

__all__ = ["LinearSampler"]

# Prior variance of intercepts, which these models do not regularize: wide enough to
# leave them to the data, but proper where the data do not determine them
INTERCEPT_VARIANCE = 1e6


class LinearSampler(PosteriorSampler):
    """Draw the weights of a linear model from their posterior [1]_.

    ``BayesianRidge`` and ``ARDRegression`` have a normal posterior over weights;
    features pruned by the latter keep weight 0. For ``LogisticRegression`` the
    posterior is the Laplace approximation: a normal distribution around the fitted
    weights whose precision is the curvature of the penalized likelihood. Intercepts
    have a wide prior (standard deviation 1,000), except with ``solver="liblinear"``,
    which penalizes them like weights. For many features, such as sparse text, the
    computation takes place in the span of the labelled points. `as_sampler` wraps these
    models in this class.

    Parameters
    ----------
    estimator : BayesianRidge, ARDRegression or LogisticRegression
        The model, which may be frozen or at the end of a ``Pipeline``. A logistic
        regression must have an L2 penalty, and be multinomial for more than two
        classes.
    n_draws : int, default=50
        Number of weight vectors drawn per query.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        As in `PosteriorSampler`; fitting these models uses no torch.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The classes (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.

    Notes
    -----
    The drawn weights take 8 d k c bytes: 160 MB for 20,000 features, 50 draws and 20
    classes. A frozen logistic regression does not store its training points, so the
    curvature is computed at the points passed to ``fit``; without points, the weights
    are drawn with the spread of the prior. For a pipeline that resamples, the curvature
    is that at the labelled points before resampling. Sample weights, and the weights of
    classes, also weight the curvature. The uncertainty of BayesianRidge's
    intercept is neglected, as in ``predict(return_std=True)``.

    References
    ----------
    .. [1] MacKay, "Bayesian interpolation" and "The evidence framework applied to
       classification networks", Neural Computation, 1992.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive.samplers import LinearSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> sampler = LinearSampler(LogisticRegression(max_iter=500), n_draws=10)
    >>> sampler.fit(X[::5], y[::5]).draw(X, rng=0).shape
    (150, 10, 3)
    """

    when_frozen = "predictions"  # models do not store their training points

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
    }

    @staticmethod
    def accepts(final):
        """Whether `final` is one of the supported linear models."""
        return isinstance(final, ARDRegression | BayesianRidge | LogisticRegression)

    def _learn_outputs(self, X, y, fit_params):
        super()._learn_outputs(X, y, fit_params)
        if self.task == "classification":
            self._check_posterior()
            self._keep_curvature(X, y, fit_params)

    def _count_draws(self):
        if not self.accepts(self._final):
            raise TypeError(
                f"{self._name}: only the weights of BayesianRidge, ARDRegression and "
                "LogisticRegression can be drawn; use BootstrapSampler(estimator)"
            )
        return super()._count_draws()

    def _check_posterior(self):
        """Raise ``TypeError`` if the penalty is not that of a normal prior."""
        model = self._final
        if _penalty_mix(model) or not np.isfinite(_prior_variance(model)):
            raise TypeError(
                f"{self._name}: the Laplace approximation needs a pure L2 penalty "
                "with a finite C; change the penalty, or use "
                "BootstrapSampler(estimator)"
            )
        separate = (
            getattr(model, "multi_class", None) == "ovr" or model.solver == "liblinear"
        )
        if separate and self.n_outputs_ > 2:
            raise TypeError(
                f"{self._name}: one-vs-rest models have no joint posterior; use the "
                "multinomial solver='lbfgs', or BootstrapSampler(estimator)"
            )

    def _keep_curvature(self, X, y, fit_params):
        """Store the labelled points, their probabilities and their weights."""
        model = self._final
        if not n_rows(X):
            self._keep_prior()
            return
        X = self._transform(X)
        weight = weight_of_points(self.estimator, fit_params)
        s_n = np.ones(n_rows(X)) if weight is None else np.asarray(weight, dtype=float)
        s_n = s_n * weight_of_classes(model.class_weight, to_numpy(y), s_n)
        p_nc = model.predict_proba(X).astype(np.float64)
        # two classes have one logit: keep the probability of the second class
        p_nc = p_nc if self.n_outputs_ > 2 else p_nc[:, 1:]
        weighed = s_n > 0
        self._labelled = self._validated(X)[weighed], p_nc[weighed], s_n[weighed]

    def _keep_prior(self):
        """Store no points: the trained model was given none."""
        c = self.n_outputs_ if self.n_outputs_ > 2 else 1
        d = self._final.coef_.shape[1]
        self._labelled = np.zeros((0, d)), np.zeros((0, c)), np.zeros(0)
        warn_caller(
            f"{self._name} does not store its training points, and fit was given "
            "none: weights are drawn with the spread of the prior. Pass to fit the "
            "points the model was trained on"
        )

    def functions(self, rng):
        """Draw `n_draws_` weight vectors, each with one column per class."""
        draw = self._logistic if self.task == "classification" else self._bayesian
        of_features = draw(rng)
        return lambda X: of_features(self._transform(X))

    def _bayesian(self, rng):
        """Draw f(x) = prediction + (x - mean) deviation: a callable X -> (n, k, 1)."""
        model = self._final
        kept = np.ones(len(model.coef_), dtype=bool)
        if isinstance(model, ARDRegression):
            kept = model.lambda_ < model.threshold_lambda
        values, vectors = np.linalg.eigh(model.sigma_)
        # rounding may make eigenvalues of a covariance negative
        root_dd = vectors * np.sqrt(np.clip(values, 0, None))
        deviation_dk = root_dd @ rng.standard_normal((len(root_dd), self.n_draws_))
        offset_d = np.broadcast_to(model.X_offset_, kept.shape)[kept]

        def functions(X):
            X = validate_data(model, X, dtype=np.float64, reset=False)
            f_nk = model.predict(X)[:, None] + (X[:, kept] - offset_d) @ deviation_dk
            return f_nk[:, :, None]

        return functions

    def _logistic(self, rng):
        """Draw functions that return class probabilities: a callable X -> (n, k, c)."""
        model, k, scale = self._final, self.n_draws_, self._n_logits()
        mode_cd, of_intercept = scale * model.coef_, None
        if model.fit_intercept:
            mode_cd = np.column_stack([mode_cd, scale * model.intercept_])
            of_intercept = _intercept_variance(model)
        variance_d = np.full(model.coef_.shape[1], scale * _prior_variance(model))
        w_dkc = draw_deviations(*self._labelled, variance_d, k, rng, of_intercept)
        w_dkc += mode_cd.T[:, None, :]
        d, _, c = w_dkc.shape
        if c > 1:  # a common term cancels in softmax, but is large in the intercept
            w_dkc -= w_dkc.mean(axis=-1, keepdims=True)
        w_dm = w_dkc.reshape(d, k * c)

        def functions(X):
            z_nkc = (self._design(X) @ w_dm).reshape(-1, k, c)
            if c > 1:
                return softmax(z_nkc, axis=-1)
            return expit(np.concatenate([-z_nkc, z_nkc], axis=-1))

        return functions

    def _n_logits(self):
        """Number of logits per weight vector of the model, for two classes.

        Before scikit-learn 1.8, ``multi_class="multinomial"`` has the logits w and -w
        for two classes. Their difference is 2 w, whose prior variance is 2 C.
        """
        both = getattr(self._final, "multi_class", None) == "multinomial"
        return 2 if both and self.n_outputs_ == 2 else 1

    def _design(self, X):
        """Return the features, with a column of ones if there is an intercept."""
        X = self._validated(X)
        if not self._final.fit_intercept:
            return X
        one_n1 = np.ones((X.shape[0], 1))
        if issparse(X):
            return csr_array(hstack([X, csr_array(one_n1)]))
        return np.hstack([X, one_n1])

    def _validated(self, X):
        """Validate points as the model does."""
        X = validate_data(
            self._final, X, accept_sparse="csr", dtype=np.float64, reset=False
        )
        return csr_array(X) if issparse(X) else X


def _prior_variance(model):
    """Prior variance of weights: the penalty is the log-density of N(0, C)."""
    if getattr(model, "penalty", "l2") is None:
        return np.inf
    return float(np.ravel(model.C_ if hasattr(model, "C_") else model.C)[0])


def _intercept_variance(model):
    """Prior variance of the intercept; liblinear penalizes it like a weight."""
    if model.solver != "liblinear":
        return INTERCEPT_VARIANCE
    return _prior_variance(model) * model.intercept_scaling**2


def _penalty_mix(model):
    """Fraction of the penalty that is L1; 0 for an L2 penalty."""
    named = {"l1": 1.0, "l2": 0.0, None: 0.0}
    penalty = getattr(model, "penalty", "deprecated")
    if penalty in named:
        return named[penalty]
    # a cross-validated ratio has one entry per class, all equal as classes are fitted
    # jointly; None means no L1
    ratio = model.l1_ratio_ if hasattr(model, "l1_ratio_") else model.l1_ratio
    return float(np.ravel(ratio)[0] or 0.0)
