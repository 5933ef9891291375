"""ExpectedErrorReduction: the labels that would lower the error most; layer 5."""

import dataclasses
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed
from tqdm.auto import tqdm

from skactive._utils.array import ROUNDING, namespace, to_numpy
from skactive._utils.scikit_learn import (
    Interval,
    StrOptions,
    array_api_off,
    is_dataset,
    join_rows,
    n_rows,
    take_rows,
)
from skactive._utils.torch import imported_torch
from skactive.base import LabelledStrategy
from skactive.information import entropy
from skactive.objectives import draw_reference
from skactive.samplers import BootstrapSampler, PosteriorSampler
from skactive.samplers._bootstrap import by_points
from skactive.samplers._routing import route
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers._warm_start import adds_members, continued, parameters_of
from skactive.selection import SetFunction, top_of
from skactive.selection._terms import PLAIN

__all__ = ["ExpectedErrorReduction", "LossReduction"]

# of the labels that the model itself expects: Roy and McCallum, eq. 3 and 4
LOSSES = {
    "log": lambda p_rc: float(entropy(p_rc).mean()),
    "zero_one": lambda p_rc: float((1 - p_rc.max(axis=1)).mean()),
}


class LossReduction(SetFunction):
    """Expected drop of a loss by the label of each point: modular.

    Computed for the points asked, and remembered.

    Parameters
    ----------
    losses : callable
        ``losses(rows)`` (m,): the loss that is expected once a point has a label.
    now : float
        The loss before.
    n : int
        Number of points in the pool.
    """

    diminishing = True
    rounding = ROUNDING
    remedy = (
        "The model is the same whatever label is added: a less confident one "
        "(min_samples_leaf of a forest), or more reference points, may help."
    )

    def __init__(
        self, losses: Callable[[np.ndarray], np.ndarray], now: float, n: int
    ) -> None:
        self.losses, self.now = losses, now
        self.known_n = np.full(n, np.nan)

    def start(self):
        """State of the empty set: there is nothing to remember."""
        return ()

    def add(self, state, i):
        """Return the state unchanged."""
        return state

    def gains(self, state, rows=None):
        """Expected drop of the loss by each point (of `rows`): (n,), float64."""
        rows = np.arange(len(self.known_n)) if rows is None else to_numpy(rows)
        new = np.unique(rows[np.isnan(self.known_n[rows])])
        if new.size:
            self.known_n[new] = self.now - self.losses(new)
        return self.known_n[rows]


class ExpectedErrorReduction(LabelledStrategy):
    """Query the labels after which the error is expected to be least [1]_.

    For each candidate and each label that it may have, the model is fitted again with
    that pair added, and its expected loss at reference points is averaged over the
    labels, as likely as the present model holds them. The score is the drop of the
    loss; it may be negative. This takes as many fits as candidates times classes.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler, that can be fitted again.
    loss : {"log", "zero_one"}, default="log"
        What is expected to drop: the entropy of the prediction, in nats, or the
        probability that it is wrong.
    n_candidates : int or None, default=20
        How many of the points that may be picked are looked at in a query, drawn
        without replacement; no fewer than the batch size. Others are not picked. None
        for all. ``score_samples`` looks at all points.
    n_reference : int or None, default=500
        How many points of the pool the loss is averaged over, drawn without
        replacement; None for all.
    n_jobs : int or None, default=None
        Number of candidates worked on at once; -1 for as many as there are cores.
    verbose : int, default=0
        Whether to show a progress bar.
    random_state : int, RandomState or None, default=None
        Source of all chance: that of every fit, which is then the same in all of them,
        and the candidates and reference points.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    Notes
    -----
    Parameters of ``fit`` go to all fits; the added point has the mean ``sample_weight``
    of the others. A model with ``warm_start=True`` goes on from where it stands, unless
    that adds members to an ensemble. Labels of probability 0 take no fit. A batch is
    the top of one ranking.

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
        """Fit the model on what is labelled, and keep a copy of points and labels.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in whatever container the model accepts.
        y : array-like of shape (n,)
            Their labels; None where a ``Dataset`` holds them.
        **fit_params : dict
            Passed to the model's ``fit``, now and whenever it is fitted again.

        Returns
        -------
        self : object
            The fitted strategy.

        Raises
        ------
        ValueError
            If the model is frozen, or a parameter has a value for each labelled point
            and is not a weight.
        """
        if self.estimator is not None and is_frozen(_model(self.estimator)):
            raise ValueError(
                "ExpectedErrorReduction fits the model again with each label that is "
                "possible, and a FrozenEstimator stays as it is; give the model itself"
            )
        params = _with_one_more(fit_params)
        super().fit(X, y, **fit_params)
        self._fit_params = params
        self._y_labelled = None if y is None else _labels(y)
        return self

    def worth(self, gains):
        """Scores clipped at zero; see `QueryStrategy`."""
        return namespace(gains).clip(gains, min=0.0)

    def _objective(self, X_pool, rng):
        n = n_rows(X_pool)
        reference = draw_reference(n, self.n_reference, rng)
        seed = int(rng.integers(2**31))  # of draws: the same after every fit
        p_nc = self.sampler_.mean(X_pool, seed)
        p_nc /= p_nc.sum(axis=1, keepdims=True)  # in half precision it is 1 about
        loss = LOSSES[self.loss]
        refits = Refits(
            self.sampler_,
            self._X_labelled,
            self._y_labelled,
            route(self, "fit", self._fit_params),
            take_rows(X_pool, reference),
            self.loss,
            seed,
        )

        def losses(rows):
            pairs = ((take_rows(X_pool, [i]), p_nc[i]) for i in rows.tolist())
            return np.fromiter(self._in_parallel(refits, pairs, len(rows)), float)

        return LossReduction(losses, loss(p_nc[reference]), n)

    def _in_parallel(self, refits, pairs, n) -> Iterator[float]:
        """The expected loss of each pair, in order, with a progress bar."""
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
        """Which of the points of `f` are looked at, in order."""
        everyone = np.arange(len(f.whole.known_n))[f.in_pool(slice(None))]
        n_candidates = self.n_candidates
        if n_candidates is not None and n is not None:
            n_candidates = max(n_candidates, n)
        return draw_reference(len(everyone), n_candidates, rng)


@dataclasses.dataclass(frozen=True, eq=False)
class Refits:
    """What a model is fitted on again, with one more point and label.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted; it stays as it is.
    X : array-like of m points
        The labelled points.
    y : ndarray of shape (m,) or None
        Their labels; None where `X` holds them.
    params : dict
        Of ``fit``, for one point more.
    X_reference : array-like of r points
        Where the loss is looked at.
    loss : {"log", "zero_one"}
        Which.
    seed : int
        Of the draws whose mean is the prediction.
    """

    sampler: PosteriorSampler
    X: Any
    y: np.ndarray | None
    params: dict[str, Any]
    X_reference: Any
    loss: str
    seed: int

    def expected_loss(self, row: Any, p_c: np.ndarray) -> float:
        """Mean, over the labels of one more point, of the loss after the fit.

        Parameters
        ----------
        row : array-like of 1 point
            The point.
        p_c : ndarray of shape (c,)
            Probabilities of its labels.
        """
        possible = np.flatnonzero(p_c)
        losses = [self._loss_with(row, self.sampler.classes_[c]) for c in possible]
        return float(p_c[possible] @ losses)

    def _loss_with(self, row, label):
        """The loss of the model fitted with one more pair (eq. 3 or 4)."""
        X = _with_point(self.X, row, label)
        y = None if self.y is None else _with_label(self.y, label)
        with array_api_off():  # rows of the pool and labels may be of two libraries
            sampler = _unfitted(self.sampler).fit(X, y, **self.params)
            return LOSSES[self.loss](sampler.mean(self.X_reference, self.seed))


def _unfitted(sampler):
    """A sampler whose fit begins anew or, with a warm start, at the present model."""
    fresh, final = clone(sampler), unwrap(sampler.estimator)[1]
    goes_on = parameters_of(final).get("warm_start", False) and not adds_members(final)
    if goes_on and not isinstance(sampler, BootstrapSampler):
        fresh.estimator = continued(sampler.estimator_)
    return fresh


def _model(estimator):
    """The model within a sampler, or the model itself."""
    return estimator.estimator if isinstance(estimator, PosteriorSampler) else estimator


def _labels(y):
    """A copy of the labels, which scikit-learn takes as such with one appended."""
    labels = np.array(to_numpy(y))
    return labels if labels.dtype.kind != "O" else np.array(labels.tolist())


def _with_label(y, label):
    """Labels and one more, in their dtype, but for texts, which may be longer."""
    one = np.reshape(label, (1,) * y.ndim)
    return np.concatenate([y, one if y.dtype.kind in "US" else one.astype(y.dtype)])


def _with_point(X, row, label):
    """Labelled points and one more; those of a ``Dataset`` are pairs."""
    if not is_dataset(X):
        if is_dataset(row):
            raise TypeError(
                "the pool is a Dataset, and the labelled points are not: give both in "
                "one container"
            )
        return join_rows(X, row)
    point = row[0][0] if is_dataset(row) and isinstance(row[0], tuple) else row[0]
    # batches are stacked: all points of one kind, and all labels
    pair = zip((point, label), X[0], strict=True)
    return join_rows(X, [tuple(_as(value, like) for value, like in pair)])


def _as(value, like):
    """A value as a tensor, where the other is one."""
    if not is_torch_array(like):
        return value
    return imported_torch().as_tensor(value, dtype=like.dtype)


def _with_one_more(fit_params):
    """Fit parameters, those of the points with a value for one point more."""
    of_points, others = by_points(fit_params)
    return {**others, **{name: _one_more(name, of_points[name]) for name in of_points}}


def _one_more(name, value):
    values = None if value is None else to_numpy(value)
    if values is None or values.ndim == 0:
        return value
    if "weight" not in name or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} has a value for each labelled point, and ExpectedErrorReduction "
            "does not know that of a point that is added: of those it takes weights "
            "alone, and adds their mean"
        )
    return np.append(values, values.mean(dtype=float))
