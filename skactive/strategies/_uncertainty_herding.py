"""UncertaintyHerding: kernel coverage weighted by uncertainty; layer 5."""

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
    """Uncertainty herding: kernel coverage of the uncertain points [1]_.

    The objective of a batch is the mean, over reference points, of their uncertainty
    times their similarity to the nearest labelled or picked point. The bandwidth of the
    similarity adapts to the distance between labelled points: with few labels coverage
    dominates, with many the uncertainty of each point. The strategy is therefore
    suitable for all budgets.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler. It also provides
        the features between which similarities are measured: the input of a net's last
        layer, the output of a pipeline's transformers, or the points themselves for
        other models.
    bandwidth : float or "auto", default="auto"
        Bandwidth sigma of the similarity ``exp(-d^2 / sigma^2)``, in the units of the
        features. With "auto" the features are standardised, and the bandwidth is the
        smallest positive distance between labelled points (or, if there is none, the
        median distance to the nearest neighbour).
    n_reference : int, default=None
        Number of reference points to sample from the pool, without replacement; picks
        are selected from them. None for the whole pool, which takes n^2 similarities.
    calibrate : bool, default=True
        Whether to calibrate probabilities by temperature scaling. The temperature is
        found in ``fit`` by cross-validation on the labelled points, which refits the
        model up to five times.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the cross-validation folds, the reference points and
        the model's fit. Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.
    temperature_ : float
        Temperature by which log-probabilities are divided; 1 if a class has fewer than
        two labels, the model is frozen, or `calibrate` is False.

    Notes
    -----
    Uncertainty is one minus the margin between the two largest class probabilities.
    Once all uncertain points are covered, the points farthest from all labelled and
    picked points are selected, with a warning.

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
    distributed = True  # features are gathered; the rest runs in this process
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
        """Fit the model and the temperature; see `LabelledStrategy.fit`."""
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
        """Uncertainty of the reference points (r,), on the CPU."""
        if len(rows) == len(pool):
            return to_numpy(pool.map(self._uncertainty_of_part, functions).joined())
        return to_numpy(pool.at(rows, self._uncertainty_of, functions))

    def _uncertainty_of_part(self, X, first, functions):
        return self._uncertainty_of(X, functions, first)

    def _uncertainty_of(self, X, functions, first=0):
        return self.sampler_.evaluate(functions, X, self._doubt, first)

    def _doubt(self, p_nkc):
        """One minus the margin of the calibrated probabilities: (n,), float64."""
        q_nc = tempered(mean_of_draws(p_nkc), self.temperature_)
        sorted_nc = namespace(q_nc).sort(q_nc, axis=-1)
        second_n = sorted_nc[:, -2] if q_nc.shape[-1] > 1 else 0.0
        return zero_below(1 - (sorted_nc[:, -1] - second_n), ROUNDING)

    def _search(self, f, n, rng, terms=PLAIN):
        return herd(f, n, rng, terms)
