"""DEIMOS: expected reduction of the variance of predictions; layer 5."""

from numbers import Integral, Real

import numpy as np
from scipy.linalg import helmert

from skactive._utils.array import carry, float64, namespace, to_numpy
from skactive._utils.random_state import integer_of
from skactive._utils.scikit_learn import Interval, StrOptions, n_rows, take_rows
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import variance
from skactive.objectives import (
    centered_draws,
    gram,
    gram_of_chosen,
    variance_reduction,
)
from skactive.selection import lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["DEIMOS"]

AUTO = {"regression": 0.1, "classification": 0.01}  # times the variance: appendix E
LEAST_NOISE = 1e-10  # over the mean variance: with less, rounding decides


class DEIMOS(LabelledStrategy):
    """Dropout-based expected improvements (DEIMOS) [1]_.

    The gain of a point is the expected reduction of the variance of the predictions,
    summed over reference points (by default all pool and labelled points). Predictions
    are modelled as jointly Gaussian with the covariance of the posterior samples (eq. 5
    and 6). After each pick the covariance is conditioned on its label (algorithm 1), so
    that points of a batch do not duplicate each other.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor, of one target or several.
    noise : float or "auto", default="auto"
        Variance of the observation noise: 1/tau in regression, and 1/tau_s, which
        smooths the class probabilities, in classification. "auto" is 0.1 (regression)
        or 0.01 (classification) times the mean variance of the draws at the reference
        points, computed anew in each query. Use ``DEIMOS.noise_of`` to fix it for all
        rounds, or ``DEIMOS.dropout_noise`` for nets with dropout. Less than 1e-10 times
        this mean variance raises ``ValueError``: gains would be rounding errors.
    n_reference : int, default=None
        Number of reference points to sample from the pool and the labelled points,
        without replacement; None for all. Other points can still be selected.
    space : {"probability", "logit"}, default="probability"
        Quantity that is modelled as Gaussian in classification: class probabilities or
        logits. Logits require positive probabilities (else ``ValueError``). The paper
        reports better results with probabilities.
    sample_only : bool, default=False
        Whether to select from the reference points only, as in algorithm 1 of the
        paper. ``score_samples`` then returns -inf for other points.
    dtype : {"float64", "float32", "float16"}, default="float64"
        Data type in which the centred draws are stored, at most that of the draws;
        float16 (classification only) takes a quarter of the memory of float64.
        Computations are in float64.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the reference
        points. Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    Notes
    -----
    With n points, c outputs and k draws, time is O(n c k^2) once and at most
    O(n c^2 (k + c)) per pick, and memory O(n c (k + c)). The form in the paper needs
    O((n c)^2) of both and selects the same points. Probabilities of c classes are
    represented by c - 1 numbers, since their sum is constant.

    References
    ----------
    .. [1] "Active learning in CNNs via expected improvement maximization", under
       review, 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skactive import DEIMOS
    >>> X, y = load_diabetes(return_X_y=True)
    >>> strategy = DEIMOS(RandomForestRegressor(), random_state=0)
    >>> strategy.fit(X[:50], y[:50]).query(X[50:], n=5).shape
    (5,)
    """

    distributed = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "noise": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "n_reference": [None, Interval(Integral, 1, None, closed="left")],
        "space": [StrOptions({"probability", "logit"})],
        "sample_only": ["boolean"],
        "dtype": [StrOptions({"float64", "float32", "float16"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        noise="auto",
        n_reference=None,
        space="probability",
        sample_only=False,
        dtype="float64",
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.noise = noise
        self.n_reference = n_reference
        self.space = space
        self.sample_only = sample_only
        self.dtype = dtype

    @staticmethod
    def dropout_noise(p, weight_decay, n, length_scale=1.0):
        """Compute the noise variance implied by dropout and weight decay (eq. 3).

        Parameters
        ----------
        p : float
            Probability that a unit is dropped.
        weight_decay : float
            Factor of the L2 penalty in the loss, which is averaged over points.
        n : int
            Number of training points.
        length_scale : float, default=1.0
            Prior length scale of the function.

        Returns
        -------
        float
            1/tau, to be passed as ``noise``.

        Examples
        --------
        >>> from skactive import DEIMOS
        >>> DEIMOS.dropout_noise(p=0.5, weight_decay=0.01, n=100)
        4.0
        """
        # the inverse of tau = (1 - p) l^2 / (2 N lambda)
        return 2 * n * weight_decay / ((1 - p) * length_scale**2)

    @staticmethod
    def noise_of(sampler, X, *, space="probability", random_state=None):
        """Estimate the noise variance from the draws of a fitted model (appendix E).

        This is the value of ``noise="auto"`` with `X` as reference points. The paper
        computes it once, from the first model and a validation set, and uses it in all
        rounds.

        Parameters
        ----------
        sampler : PosteriorSampler
            Fitted posterior sampler, such as ``strategy.sampler_``.
        X : array-like of n points
            Points, such as those of a validation set; labels are not needed.
        space : {"probability", "logit"}, default="probability"
            The `space` of the strategy.
        random_state : int, RandomState or None, default=None
            Controls the randomness of the posterior samples.

        Returns
        -------
        float
            1/tau, or 1/tau_s in classification, to be passed as ``noise``.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.ensemble import RandomForestRegressor
        >>> from skactive import DEIMOS
        >>> X, y = load_diabetes(return_X_y=True)
        >>> strategy = DEIMOS(RandomForestRegressor(), random_state=0)
        >>> strategy = strategy.fit(X[:50], y[:50])
        >>> noise = DEIMOS.noise_of(strategy.sampler_, X[400:], random_state=0)
        >>> strategy = strategy.set_params(noise=noise)
        """
        rng = np.random.default_rng(integer_of(random_state, 2**32, np.uint32))
        logits = sampler.task == "classification" and space == "logit"
        measure = _logit_variance if logits else variance
        variance_nc = sampler.draw(X, rng, measure)
        return AUTO[sampler.task] * float(namespace(variance_nc).mean(variance_nc))

    def _objective(self, X_pool, rng):
        self._check_dtype()
        pool, functions = as_pool(X_pool), self._functions(rng)
        chosen, others = self._reference(len(pool), n_rows(self._X_labelled), rng)
        draws = pool.map(self._draws, functions)
        m_kk = draws.map(gram_of_chosen, each=draws.cut(chosen)).total()
        if others.size:
            m_kk = m_kk + self._gram_of_labelled(others, functions)
        n_values = (chosen.sum() + len(others)) * self.sampler_.n_outputs_
        noise = self._noise(m_kk, n_values)
        allowed = chosen if self.sample_only else np.ones_like(chosen)
        marks = draws.cut(np.stack([self._noisy(chosen), allowed], axis=1))
        return objective_over(draws.map(variance_reduction, m_kk, noise, each=marks))

    def _search(self, f, n, rng, terms=PLAIN):
        if not self.sample_only:
            return lazy_greedy(f, n, **terms.options)
        state = f.start() if terms.state is None else terms.state
        left = np.flatnonzero(to_numpy(f.gains(state)) > -np.inf)
        if not len(left) or (n is not None and n > len(left)):
            raise ValueError(
                f"n={n} points are queried, but only {len(left)} candidates are "
                "reference points: increase n_reference, or set sample_only=False"
            )
        cost = None if terms.cost is None else terms.cost[left]
        options = {**terms.options, "state": state, "cost": cost}
        picks, gains = lazy_greedy(f.restricted(left), n, **options)
        return left[picks], gains

    def _draws(self, X, first, functions):
        """Centred draws F of each point, kept in memory if they fit."""
        then = self._deviations
        return self.sampler_.evaluate_lazily(functions, X, then, first=first)

    def _gram_of_labelled(self, rows, functions):
        """Sum of F F' over the labelled points that are reference points."""
        X_reference = take_rows(self._X_labelled, rows)
        return gram(self.sampler_.evaluate(functions, X_reference, self._deviations))

    def _check_dtype(self):
        if self.dtype == "float16" and self.sampler_.task == "regression":
            raise ValueError(
                "dtype='float16' is for class probabilities only, since its range is "
                "too small for regression targets in arbitrary units: use 'float32'"
            )
        if self.dtype == "float16" and self.space == "logit":
            raise ValueError(
                "dtype='float16' is for class probabilities only, not for "
                "space='logit': use 'float32'"
            )

    def _noisy(self, chosen):
        # section 3.2: regression predictions include noise, class probabilities do not
        return chosen if self.sampler_.task == "regression" else np.zeros_like(chosen)

    def _reference(self, n_pool, n_labelled, rng):
        """Sample reference points: a mask over the pool, rows of labelled points."""
        everything = n_pool + n_labelled
        chosen = np.zeros(everything, dtype=bool)
        size = everything if self.n_reference is None else self.n_reference
        chosen[rng.permutation(everything)[:size]] = True
        return chosen[:n_pool], np.flatnonzero(chosen[n_pool:])

    def _deviations(self, p_nkc):
        """Centred draws divided by sqrt(k): (n, c, k), in `dtype`."""
        xp = namespace(p_nkc)
        dtypes = getattr(xp, self.dtype), xp.result_type(p_nkc.dtype, xp.float32)
        if self.sampler_.task == "classification" and self.space == "logit":
            p_nkc = _logits(p_nkc)
        f_nck = centered_draws(p_nkc)
        c = f_nck.shape[1]
        if self.sampler_.task == "classification" and c > 1:
            # Deviations sum to zero over classes, so that c - 1 coordinates in any
            # orthonormal basis of that hyperplane suffice, and V_ii is not singular.
            f_nck = carry(helmert(c), f_nck) @ f_nck
        # with more digits than the draws, copies of a point would no longer be tied
        lower = min(dtypes, key=lambda dtype: xp.finfo(dtype).bits)
        return xp.astype(f_nck, lower, copy=False)

    def _noise(self, m_kk, n_values):
        variance = float(namespace(m_kk).linalg.trace(m_kk)) / n_values
        if self.noise == "auto":
            return AUTO[self.sampler_.task] * variance
        if self.noise < LEAST_NOISE * variance:
            raise ValueError(
                f"noise={self.noise:.3g} is too small for the variance of the draws, "
                f"{variance:.3g} on average: gains would be rounding errors. Pass more "
                f"than {LEAST_NOISE * variance:.1g}, or noise='auto'"
            )
        return float(self.noise)


def _logits(p_nkc):
    """Log-probabilities minus their mean over classes: (n, k, c)."""
    xp, p_nkc = namespace(p_nkc), float64(p_nkc)
    if not bool(xp.all(p_nkc > 0)):
        raise ValueError(
            "space='logit' takes logarithms, but some class probabilities of the draws "
            "are 0: use space='probability', or a model whose probabilities are "
            "positive, such as a net or logistic regression"
        )
    log_nkc = xp.log(p_nkc)
    return log_nkc - xp.mean(log_nkc, axis=-1, keepdims=True)


def _logit_variance(p_nkc):
    return variance(_logits(p_nkc))
