"""DEIMOS: labels that lower the variance of predictions everywhere; layer 5."""

from numbers import Integral, Real

import numpy as np
from scipy.linalg import helmert

from skactive._utils.array import carry, namespace
from skactive._utils.scikit_learn import Interval, StrOptions, n_rows, take_rows
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import (
    centered_draws,
    gram,
    gram_of_chosen,
    variance_reduction,
)

__all__ = ["DEIMOS"]

AUTO = {"regression": 0.1, "classification": 0.01}  # shares of the variance: appendix E


class DEIMOS(LabelledStrategy):
    """Ask for labels that lower the variance of predictions everywhere the most [1]_.

    A point is worth the expected drop of the summed variance of the predictions at
    reference points, those of the pool and the labelled ones, when predictions are
    taken to be jointly Gaussian with the covariance of the draws (eq. 5 and 6). The
    covariance is conditioned on each pick before the next (algorithm 1).

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor, of one target or several.
    noise : float or "auto", default="auto"
        Variance of an observation about the drawn function: 1/tau in regression,
        1/tau_s, a smoothing of class probabilities, in classification. "auto" is 0.1
        times, in classification 0.01 times, the mean variance over draws at the
        reference points. For nets with dropout, see ``DEIMOS.dropout_noise``.
    n_reference : int, default=None
        Number of reference points, drawn without replacement from pool and labelled
        points; None for all. A candidate need not be among them.
    dtype : {"float64", "float32", "float16"}, default="float64"
        Precision in which deviations of the draws are held: of large pools of many
        classes, float16 fits four times as many; it is for classification. All is
        computed in float64.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, and the reference points.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    Notes
    -----
    Time is O(n c k^2) once and O(n c^2 (k + c)) a pick, memory O(n c (k + c)): the
    published form needs O((n c)^2) of both. Picks are the same. The probabilities of c
    classes are carried as c - 1 numbers, since their sum does not vary.

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
        "dtype": [StrOptions({"float64", "float32", "float16"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        noise="auto",
        n_reference=None,
        dtype="float64",
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.noise = noise
        self.n_reference = n_reference
        self.dtype = dtype

    @staticmethod
    def dropout_noise(p, weight_decay, n, length_scale=1.0):
        """Noise variance that a net's dropout and weight decay imply (eq. 3).

        Parameters
        ----------
        p : float
            Probability that a unit is dropped.
        weight_decay : float
            The L2 penalty of the loss, a mean over points.
        n : int
            Number of points the net is trained on.
        length_scale : float, default=1.0
            Prior length scale of the function.

        Returns
        -------
        float
            1/tau, to be given as ``noise``.

        Examples
        --------
        >>> from skactive import DEIMOS
        >>> DEIMOS.dropout_noise(p=0.5, weight_decay=0.01, n=100)
        4.0
        """
        return 2 * n * weight_decay / ((1 - p) * length_scale**2)

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
        noisy = draws.cut(self._noisy(chosen))
        return objective_over(draws.map(variance_reduction, m_kk, noise, each=noisy))

    def _draws(self, X, first, functions):
        """F of each point, held if there is room."""
        then = self._deviations
        return self.sampler_.evaluate_lazily(functions, X, then, first=first)

    def _gram_of_labelled(self, rows, functions):
        """Sum of F F' over labelled points that are reference points too."""
        X_reference = take_rows(self._X_labelled, rows)
        return gram(self.sampler_.evaluate(functions, X_reference, self._deviations))

    def _check_dtype(self):
        if self.dtype == "float16" and self.sampler_.task == "regression":
            raise ValueError(
                "dtype='float16' holds deviations of probabilities; values in units of "
                "any size do not fit it: use 'float32'"
            )

    def _noisy(self, chosen):
        # section 3.2: predictions are noisy in regression, probabilities are not
        return chosen if self.sampler_.task == "regression" else np.zeros_like(chosen)

    def _reference(self, n_pool, n_labelled, rng):
        """Which of the pool, a mask, and rows of which labelled points to refer to."""
        everything = n_pool + n_labelled
        chosen = np.zeros(everything, dtype=bool)
        size = everything if self.n_reference is None else self.n_reference
        chosen[rng.permutation(everything)[:size]] = True
        return chosen[:n_pool], np.flatnonzero(chosen[n_pool:])

    def _deviations(self, p_nkc):
        """Deviations from the mean draw over sqrt(k), as (n, c, k) in `dtype`."""
        xp, f_nck = namespace(p_nkc), centered_draws(p_nkc)
        c = f_nck.shape[1]
        if self.sampler_.task == "classification" and c > 1:
            # deviations sum to zero: any orthonormal basis of that plane will do
            f_nck = carry(helmert(c), f_nck) @ f_nck
        return xp.astype(f_nck, getattr(xp, self.dtype), copy=False)

    def _noise(self, m_kk, n_values):
        if self.noise != "auto":
            return float(self.noise)
        variance = float(namespace(m_kk).linalg.trace(m_kk)) / n_values
        return AUTO[self.sampler_.task] * variance
