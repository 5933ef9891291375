"""UncertaintyHerding: cover the pool where the model is uncertain; layer 5."""

from numbers import Integral, Real

from skactive._utils.array import ROUNDING, namespace, to_numpy, zero_below
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool
from skactive.information import mean_of_draws
from skactive.objectives import (
    KernelCoverage,
    draw_reference,
    herd,
    label_spacing,
    pool_and_labelled,
    sample,
    scaled,
    similarity,
)
from skactive.samplers._temperature import cross_validated_temperature, tempered
from skactive.selection._terms import PLAIN

__all__ = ["UncertaintyHerding"]


class UncertaintyHerding(LabelledStrategy):
    """Query the points that cover the pool where the model is uncertain [1]_.

    A batch is worth the mean, over reference points, of their uncertainty times their
    similarity with the nearest labelled or picked point. The similarity's bandwidth is
    the distance between labels: with few labels far apart it is coverage that counts,
    with many the uncertainty of each point, so that one strategy serves all budgets.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler. Similarities are between
        its features (the input of a net's last layer, the output of a pipeline's
        transforms, else the points themselves).
    bandwidth : float or "auto", default="auto"
        The sigma of the similarity ``exp(-d^2 / sigma^2)``. A number is in the units of
        the features. With "auto" features are standardised, and it is the least
        positive distance between labelled points (where no two differ, the median
        distance to the nearest neighbour).
    n_reference : int, default=None
        Number of reference points, drawn from the pool without replacement; picks are
        looked for among them. None for the whole pool, which takes n^2 similarities.
    calibrate : bool, default=True
        Whether probabilities are scaled by a temperature, found in ``fit`` by
        cross-validation on the labelled points, which takes up to five more fits of the
        model.
    random_state : int, RandomState or None, default=None
        Source of all chance: the folds, the reference points, and the model's fit.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.
    temperature_ : float
        By which logarithms of probabilities are divided; 1 where a class has fewer than
        two labels, the model is frozen, or `calibrate` is False.

    Notes
    -----
    Uncertainty is one less the margin between the two largest probabilities of the
    mean of the draws. Once no uncertain point is left to cover, the points farthest
    from labelled and picked ones follow, with a warning.

    References
    ----------
    .. [1] Bae, Oliveira and Sutherland, "Uncertainty herding: one active learning
       method for all label budgets", ICLR 2025.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import UncertaintyHerding
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = UncertaintyHerding(LogisticRegression(max_iter=500), random_state=0)
    >>> strategy.fit(X[::10], y[::10]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"
    distributed = True  # its features are brought together
    copies_add_nothing = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "bandwidth": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "n_reference": [None, Interval(Integral, 1, None, closed="left")],
        "calibrate": ["boolean"],
    }

    def __init__(
        self,
        estimator=None,
        *,
        bandwidth="auto",
        n_reference=None,
        calibrate=True,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.bandwidth = bandwidth
        self.n_reference = n_reference
        self.calibrate = calibrate

    def fit(self, X, y=None, **fit_params):
        """Fit the model, and the temperature; see `LabelledStrategy.fit`."""
        super().fit(X, y, **fit_params)
        self.temperature_ = 1.0
        if self.calibrate:
            self.temperature_ = cross_validated_temperature(
                self.sampler_, X, y, fit_params, self._rng()
            )
        return self

    def _objective(self, X_pool, rng):
        x_nd, labelled = pool_and_labelled(*self._embedded(X_pool))
        rows = draw_reference(x_nd.shape[0], self.n_reference, rng)
        bandwidth = self.bandwidth
        if bandwidth == "auto":
            x_nd, labelled = scaled(x_nd[rows], x_nd, labelled)
            bandwidth = label_spacing(labelled, x_nd[sample(rows, rng)])
        weight_r = self._uncertainty(as_pool(X_pool), rows, self._functions(rng))
        kernel = similarity("gaussian", bandwidth)
        return KernelCoverage(x_nd, rows, labelled, kernel, weight_r)

    def _uncertainty(self, pool, rows, functions):
        """Uncertainty of the reference points (r,), on the host."""
        if len(rows) == len(pool):
            return to_numpy(pool.map(self._uncertainty_of_part, functions).joined())
        return to_numpy(pool.at(rows, self._uncertainty_of, functions))

    def _uncertainty_of_part(self, X, first, functions):
        return self._uncertainty_of(X, functions, first)

    def _uncertainty_of(self, X, functions, first=0):
        return self.sampler_.evaluate(functions, X, self._doubt, first)

    def _doubt(self, p_nkc):
        """One less the margin of the scaled mean of the draws: (n,), float64."""
        q_nc = tempered(mean_of_draws(p_nkc), self.temperature_)
        sorted_nc = namespace(q_nc).sort(q_nc, axis=-1)
        second_n = sorted_nc[:, -2] if q_nc.shape[-1] > 1 else 0.0
        return zero_below(1 - (sorted_nc[:, -1] - second_n), ROUNDING)

    def _search(self, f, n, rng, terms=PLAIN):
        return herd(f, n, rng, terms)
