"""HybridICAL: weighted sum of the ICAL and BatchBALD objectives; layer 5."""

import math
import operator
from numbers import Integral, Real

from skactive._utils.array import chance, generator_at, namespace
from skactive._utils.lazy import map_chunks
from skactive._utils.scikit_learn import Interval
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import sample_labels
from skactive.objectives import (
    Dependence,
    JointInformation,
    LabelKernels,
    condense,
)
from skactive.selection import SetFunction, lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["Blend", "HybridICAL"]


class Blend(SetFunction):
    """Weighted sum of objectives, each divided by its largest gain at the start.

    Objectives with weight 0, or without a positive gain at the start, are left out.

    Parameters
    ----------
    *terms : pairs of float and SetFunction
        Non-negative weights, and objectives over the same pool.
    """

    def __init__(self, *terms):
        firsts = [(weight, f, f.gains(f.start())) for weight, f in terms]
        mosts = [float(namespace(first_n).max(first_n)) for _, _, first_n in firsts]
        parts = [
            (weight / most, f)
            for (weight, f, _), most in zip(firsts, mosts, strict=True)
            if weight > 0 and most > 0
        ]
        self.parts = parts or [(0.0, terms[0][1])]
        self.like = firsts[0][2]
        self.rounding = sum(share * f.rounding for share, f in self.parts)
        given = (f.tie_break for _, f in self.parts)
        self.tie_break = next((order for order in given if order is not None), None)

    def start(self):
        """Return the state of the empty batch: one state per objective."""
        return tuple(f.start() for _, f in self.parts)

    def gains(self, state, rows=None):
        """Compute the weighted sum of gains of each point (of `rows`): (n,)."""
        return _sum([share * f.gains(own, rows) for share, f, own in self._with(state)])

    def bounds(self, state, rows, enough=-math.inf):
        """Compute the weighted sum of upper bounds of the gains of `rows`: (n,)."""
        xp, terms = namespace(self.like), self._with(state)
        known = [term for term in terms if term[1].bounds is None]
        bounded = [term for term in terms if term[1].bounds is not None]
        total_n = sum(
            (share * f.gains(own, rows) for share, f, own in known),
            start=xp.zeros_like(self.like[rows]),
        )
        # The smallest gain of the bounded objective with which any of these rows can
        # still reach `enough`; a bound below it need not be tightened.
        short = enough - float(xp.max(total_n)) if len(bounded) == 1 else -math.inf
        for share, f, own in bounded:
            total_n = total_n + share * f.bounds(own, rows, short / (share or 1.0))
        return total_n

    def shift(self, state):
        """Compute the weighted sum of the gains that are not diminishing: (n,)."""
        moving = (term for term in self._with(state) if not term[1].diminishing)
        total = namespace(self.like).zeros_like(self.like)
        return sum((share * f.gains(own) for share, f, own in moving), start=total)

    def add(self, state, i):
        """Return the state after picking point `i`."""
        return tuple(f.add(own, i) for _, f, own in self._with(state))

    def _with(self, state):
        """Pair the weight and objective of each part with its state."""
        return [(*part, own) for part, own in zip(self.parts, state, strict=True)]


def _sum(terms):
    """Sum in the lowest precision of the terms, so that ties in it remain ties."""
    xp = namespace(*terms)
    dtypes = sorted((term.dtype for term in terms), key=lambda t: xp.finfo(t).bits)
    return xp.astype(sum(terms), dtypes[0])


class HybridICAL(QueryStrategy):
    """Weighted sum of the objectives of ICAL and BatchBALD.

    A combination that the authors of ICAL propose as future work [1]_. The gain is the
    sum of the dependence between the label of a point and the labels of the condensed
    pool (`ICAL`), and the joint mutual information that the label adds to the batch
    (`BatchBALD` [2]_). Each term is divided by its largest gain at the first pick.

    Parameters
    ----------
    estimator : object
        A classifier with a posterior (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    weight : float, default=0.5
        Weight of the BatchBALD term, between 0 (`ICAL`) and 1 (`BatchBALD`).
    n_condense : int, default=200
        Number of points, sampled anew at every step, that represent the pool; see
        `ICAL`.
    max_configurations : int, default=10_000
        Maximum number of joint label configurations of the batch to enumerate; for
        larger batches this many are sampled. See `BatchBALD`.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples, the sampled labels,
        the condensed points and the sampled configurations. Pass an int for
        reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.

    References
    ----------
    .. [1] Jain, Liu and Gifford, "Information Condensing Active Learning", 2020.
    .. [2] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
       acquisition for deep Bayesian active learning", NeurIPS 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import HybridICAL
    >>> X, y = load_digits(return_X_y=True)
    >>> forest = RandomForestClassifier(min_samples_leaf=2)
    >>> strategy = HybridICAL(forest, random_state=0).fit(X[:100], y[:100])
    >>> strategy.query(X[100:], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    distributed = True

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "weight": [Interval(Real, 0, 1, closed="both")],
        "n_condense": [Interval(Integral, 1, None, closed="left")],
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        weight=0.5,
        n_condense=200,
        max_configurations=10_000,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.weight = weight
        self.n_condense = n_condense
        self.max_configurations = max_configurations

    def _objective(self, X_pool, rng):
        seed = int(rng.integers(2**63))
        functions = self._functions(rng)
        terms = as_pool(X_pool).map(self._terms, functions, seed, rng)
        of_pool = condense(
            terms.map(operator.itemgetter(0)),
            seed,
            n_condense=self.n_condense,
            n_per_step=1,
            resample=True,
        )
        of_model = objective_over(terms.map(operator.itemgetter(1)))
        return Blend((1 - self.weight, Dependence(of_pool)), (self.weight, of_model))

    def _terms(self, X, first, functions, seed, rng):
        """Build both terms over one part: label kernels and joint information."""
        sampler = self.sampler_
        # bytes per point: for each draw, the entropy (8) and the sampled label (1)
        beside = 9 * sampler.n_draws_
        p_nkc = sampler.evaluate_lazily(functions, X, beside=beside, first=first)
        # advanced past earlier parts: labels do not depend on how the pool is split
        labels = _labels(p_nkc, generator_at(rng, first * sampler.n_draws_))
        information = JointInformation(
            p_nkc, seed, max_configurations=self.max_configurations
        )
        # for one-hot labels the kernel is affine in their equality, so that length
        # scales only rescale the gains
        return LabelKernels(labels, length_scales=(1.0,)), information

    def _search(self, f, n, rng, terms=PLAIN):
        return lazy_greedy(f, n, **terms.options)


def _labels(p_nkc, rng):
    """Sample one label for each point and draw, in chunks: (n, k)."""
    return map_chunks(
        lambda p_mkc: sample_labels(p_mkc, chance(rng, p_mkc.shape[:2], p_mkc)), p_nkc
    )
