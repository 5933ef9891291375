"""ExpectedErrorReduction: refit the model with each possible label; layer 5."""

import dataclasses
from collections.abc import Callable, Iterator
from numbers import Integral

import numpy as np
from sklearn.utils.parallel import Parallel, delayed
from tqdm.auto import tqdm

from skactive._utils.array import ROUNDING, float64, namespace, rounded, to_numpy
from skactive._utils.scikit_learn import (
    Interval,
    StrOptions,
    n_rows,
    take_rows,
)
from skactive.base import LabelledStrategy
from skactive.information import mean_of_draws
from skactive.objectives import draw_reference
from skactive.samplers import PosteriorSampler
from skactive.samplers._refits import LOSSES, Refits, copy_labels, with_one_more
from skactive.samplers._routing import known_as
from skactive.samplers._unwrap import is_frozen
from skactive.selection import SetFunction, top_of
from skactive.selection._terms import PLAIN

__all__ = ["ExpectedErrorReduction", "LossReduction"]

LAST_PLACES = 8  # rounding error of a probability, in units of eps


class LossReduction(SetFunction):
    """Expected reduction of a loss by the label of each point; modular.

    Gains are computed only for the points that are evaluated, and cached.

    Parameters
    ----------
    losses : callable
        ``losses(rows)``, of shape (m,): expected loss after labelling each point.
    now : float
        The loss before.
    n : int
        Number of points in the pool.
    rounding : float
        Rounding error of a loss.
    """

    diminishing = True
    remedy = (
        "No additional label changes the predictions of the model: a less confident "
        "model (min_samples_leaf of a forest) or more reference points may help."
    )

    def __init__(
        self,
        losses: Callable[[np.ndarray], np.ndarray],
        now: float,
        n: int,
        rounding: float = ROUNDING,
    ) -> None:
        self.losses, self.now, self.rounding = losses, now, rounding
        self.known_n = np.full(n, np.nan)

    def start(self):
        """Return the state of the empty set, which holds nothing."""
        return ()

    def add(self, state, i):
        """Return the state unchanged."""
        return state

    def gains(self, state, rows=None):
        """Compute the expected reduction of the loss (of `rows`): (n,), float64."""
        rows = np.arange(len(self.known_n)) if rows is None else to_numpy(rows)
        new = np.unique(rows[np.isnan(self.known_n[rows])])
        if new.size:
            self.known_n[new] = self.now - self.losses(new)
        return self.known_n[rows]


class ExpectedErrorReduction(LabelledStrategy):
    """Expected error reduction [1]_.

    For each candidate and each possible label, the model is refitted with that pair
    added, and its expected loss at reference points is computed. The score is the
    reduction of this loss, averaged over the labels with the probabilities that the
    current model predicts; it may be negative. The cost is one fit per candidate and
    class.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler, that can be
        refitted.
    loss : {"log", "zero_one"}, default="log"
        Expected loss to reduce: the entropy of the prediction, in nats, or the
        probability that the prediction is wrong.
    n_candidates : int or None, default=20
        Number of candidates to evaluate in a query, sampled without replacement; at
        least the batch size. Only these can be selected. None for all.
        ``score_samples`` evaluates all points.
    n_reference : int or None, default=500
        Number of points of the pool, sampled without replacement, over which the loss
        is averaged; None for all.
    n_jobs : int or None, default=None
        Number of candidates to evaluate in parallel; -1 uses all cores.
    verbose : int, default=0
        If positive, show a progress bar.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the fits, all of which use the same seeds, of the
        candidates and of the reference points. Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.

    Notes
    -----
    Parameters of ``fit`` are passed to every refit; the added point gets the mean
    ``sample_weight`` of the others. A model with ``warm_start=True`` continues from its
    current parameters, unless that would add members to an ensemble. Labels with
    predicted probability 0 are skipped. A batch consists of the n largest scores.

    References
    ----------
    .. [1] Roy and McCallum, "Toward optimal active learning through sampling estimation
       of error reduction", ICML 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive import ExpectedErrorReduction
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = ExpectedErrorReduction(GaussianNB(), random_state=0)
    >>> strategy.fit(X[::5], y[::5]).query(X[1::5], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "loss": [StrOptions(set(LOSSES))],
        "n_candidates": [None, Interval(Integral, 1, None, closed="left")],
        "n_reference": [None, Interval(Integral, 1, None, closed="left")],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator=None,
        *,
        loss="log",
        n_candidates=20,
        n_reference=500,
        n_jobs=None,
        verbose=0,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.loss = loss
        self.n_candidates = n_candidates
        self.n_reference = n_reference
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X, y, **fit_params):
        """Fit the model on the labelled data, and keep a copy of the data.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in any container that the model accepts.
        y : array-like of shape (n,)
            Their labels; None if `X` is a ``Dataset`` that contains them.
        **fit_params : dict
            Passed to the model's ``fit``, now and in every refit.

        Returns
        -------
        self : object
            The fitted strategy.

        Raises
        ------
        ValueError
            If the model is frozen, or a parameter that is not a weight has one value
            per labelled point.
        """
        if self.estimator is not None and is_frozen(_model(self.estimator)):
            raise ValueError(
                "ExpectedErrorReduction refits the model with each possible label, but "
                "a FrozenEstimator cannot be refitted: pass the model itself"
            )
        params = with_one_more(fit_params, known_as(self, "fit", fit_params))
        super().fit(X, y, **fit_params)
        self._fit_params = params
        self._y_labelled = None if y is None else copy_labels(y)
        return self

    def worth(self, gains):
        """Return scores clipped at zero; see `QueryStrategy`."""
        return namespace(gains).clip(gains, min=0.0)

    def _objective(self, X_pool, rng):
        n = n_rows(X_pool)
        reference = draw_reference(n, self.n_reference, rng)
        # the same posterior samples after every fit, so that losses are comparable
        seed = int(rng.integers(2**31))
        p_nc = to_numpy(self.sampler_.draw(X_pool, seed, rounded(mean_of_draws)))
        # in float32, copies of a point share these weights of the labels only up to
        # some last places
        rounding = max(ROUNDING, LAST_PLACES * float(np.finfo(p_nc.dtype).eps))
        p_nc = float64(p_nc)
        p_nc /= p_nc.sum(axis=1, keepdims=True)  # in half precision sums are not 1
        loss = LOSSES[self.loss]
        refits = Refits(
            self.sampler_,
            self._X_labelled,
            self._y_labelled,
            self._fit_params,
            take_rows(X_pool, reference),
            self.loss,
            seed,
        )

        def losses(rows):
            pairs = ((take_rows(X_pool, [i]), p_nc[i]) for i in rows.tolist())
            return np.fromiter(self._in_parallel(refits, pairs, len(rows)), float)

        return LossReduction(losses, loss(p_nc[reference]), n, rounding)

    def _in_parallel(self, refits, pairs, n) -> Iterator[float]:
        """Yield the expected loss of each pair, in order, with a progress bar."""
        results = Parallel(n_jobs=self.n_jobs, return_as="generator")(
            delayed(refits.expected_loss)(*pair) for pair in pairs
        )
        return iter(tqdm(results, "candidates", n, disable=not self.verbose))

    def _search(self, f, n, rng, terms=PLAIN):
        rows = self._candidates(f, n, rng)
        some = f.restricted(rows)
        if terms.cost is None:
            picks, gains = top_of(some, n, **terms.options)
        else:
            terms = dataclasses.replace(terms, cost=terms.cost[rows])
            picks, gains = super()._search(some, n, rng, terms)
        return rows[picks], gains

    def _candidates(self, f, n, rng):
        """Sample the points of `f` to evaluate, in order."""
        everyone = np.arange(len(f.whole.known_n))[f.in_pool(slice(None))]
        n_candidates = self.n_candidates
        if n_candidates is not None and n is not None:
            n_candidates = max(n_candidates, n)
        return draw_reference(len(everyone), n_candidates, rng)


def _model(estimator):
    """The model within a sampler, or the model itself."""
    return estimator.estimator if isinstance(estimator, PosteriorSampler) else estimator
