"""Joint mutual information of the labels of a batch and the model; layer 2.

The objective of BatchBALD. A joint label configuration ("labelling") s of the picks so
far has probability p_sk under draw k. Given s, the posterior weights of the draws are
w_sk = p_sk / sum_k p_sk, and one more point adds

    mean_s [ H(sum_k w_sk P_nk) - sum_k w_sk H(P_nk) ],

which is a mutual information for each labelling, and therefore never negative [1]_. The
mean is over all labellings, weighted by probability, while they are few (eq. 12), and
over sampled labellings afterwards: its expectation is that of eq. 36, with less
variance.

References
----------
.. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
   acquisition for deep Bayesian active learning", NeurIPS 2019.
"""

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import (
    block_rows,
    carry,
    chance,
    device,
    float64,
    log,
    map_rows,
    namespace,
    rounded_like,
    to_numpy,
    zero_below,
)
from skactive._utils.lazy import LazyArray, map_chunks, rows_at_once
from skactive.information import entropy, mutual_information, sample_labels
from skactive.objectives._labellings import (
    certain_bounds,
    in_proportion,
    likely_bounds,
    mean_gains,
    normalized,
    product_error,
    standard_errors,
    sum_rounding,
    weighted_sum,
)
from skactive.objectives._merged_labellings import LEVELS, merged
from skactive.selection import DivisibleSetFunction

__all__ = ["JointInformation"]

SCREENED = 16  # one in this many sampled labellings is used to bound gains
FEWEST = 200  # minimum number of labellings from which to estimate a standard error
PRECISE = 32  # gains above this multiple of the float32 error are bounded in float32


class _Labelled(NamedTuple):
    """State: draws of the picks, and posterior weights given their joint labellings.

    For each labelling s, ``log_sk`` are its log-probabilities under each draw (None if
    labellings are sampled), ``weight_s`` is its probability (or share of the sample),
    and ``w_sk`` are the posterior weights of the draws.
    """

    picked: tuple
    log_sk: Any
    weight_s: Any
    w_sk: Any

    @property
    def sampled(self):
        """Whether labellings are sampled rather than enumerated."""
        return self.log_sk is None


class JointInformation(DivisibleSetFunction):
    """Joint mutual information of the labels of a batch and the model, in nats.

    Parameters
    ----------
    p_nkc : array or LazyArray of shape (n, k, c)
        Draws: class probabilities.
    seed : int
        Seed of the sampled labellings. Those of each step depend only on it and on the
        picks. They are sampled anew at each step, since extending earlier samples would
        leave fewer and fewer distinct ones.
    max_configurations : int, default=10_000
        Maximum number of joint labellings to enumerate; the number of samples if there
        are more.
    entropies : {"dynamic", "exact", "sampled"}, default="dynamic"
        Whether to enumerate labellings while they are few, always, or only for the
        first pick.

    Notes
    -----
    Exact gains only shrink as the batch grows; sampled gains do so up to their standard
    error. Gains are computed in float64 for draws of any dtype, because if the draws
    nearly agree, gains are smaller than rounding errors in float32. They are returned
    in the dtype of the draws: a net predicts copies of a point alike up to rounding
    only, and these count as tied.
    """

    diminishing = True

    def __init__(self, p_nkc, seed, *, max_configurations=10_000, entropies="dynamic"):
        self.p_nkc = p_nkc
        self.seed = seed
        self.max_configurations = max_configurations
        self.entropies = entropies
        c = p_nkc.shape[-1]
        # BALD, which is also the gain for the empty batch
        self.tie_break = rounded_like(map_chunks(mutual_information, p_nkc), p_nkc)
        # of draws that do not fit in memory, entropies are computed chunk by chunk
        held = not isinstance(p_nkc, LazyArray)
        self.noise_nk = map_chunks(entropy, p_nkc) if held else None
        self.remedy = _remedy(p_nkc.shape[1], c)
        # rounding error of a difference of two entropies
        self.rounding = sum_rounding(max_configurations) * (math.log(c) + 1)

    def start(self):
        """Return the state of the empty batch: one labelling, with equal weights."""
        xp, k = namespace(self.tie_break), self.p_nkc.shape[1]
        log_sk = xp.zeros((1, k), dtype=xp.float64, device=device(self.tie_break))
        return self._labelled((), log_sk)

    def gains(self, state, rows=None):
        """Compute the information that each point (of `rows`) adds: (n,)."""
        if not state.picked:
            return self.tie_break if rows is None else self.tie_break[rows]
        mean_k = weighted_sum(state.weight_s, state.w_sk)  # once for all blocks
        measure = functools.partial(mean_gains, mean_k=mean_k)
        return rounded_like(self._estimate(state, rows, measure), self.p_nkc)

    def standard_error(self, state, rows=None):
        """Compute the standard error of sampled gains; 0 for exact gains."""
        if not state.sampled:
            return 0 * self.gains(state, rows)
        return self._estimate(state, rows, standard_errors)

    def limit(self, state):
        """Compute an upper bound of all gains: the remaining entropy of the draws.

        This is the mean of H(w_s) over labellings, in nats; 0 if it is within rounding
        error. For sampled gains, it is estimated from the same sample.
        """
        undecided = weighted_sum(state.weight_s, entropy(state.w_sk)[:, None])[0]
        return float(zero_below(undecided, self.rounding))

    def bounds(self, state, rows, enough=-math.inf):
        """Compute upper bounds of the gains of `rows`, tight if at least `enough`.

        Labellings are merged, which never lowers a gain: coarsely for all points, and
        finely for those that the coarse bound does not rule out. For sampled gains,
        which are noisy anyway, the second bound uses a few labellings, sampled in
        proportion to their remaining entropy, which bounds their contribution. It lies
        a few standard errors above the estimate, and fails for about one point in
        thirty thousand, by a small amount.
        """
        if not state.picked:
            return self.tie_break[rows]
        coarse, fine = self._screens(state, enough)

        def chunk(p_nkc, noise_nk):
            bound_n = self._in_blocks(*coarse(), p_nkc, noise_nk)
            close_n = bound_n >= enough
            if bool(namespace(bound_n).any(close_n)):
                close = p_nkc[close_n], noise_nk[close_n]
                bound_n[close_n] = self._in_blocks(*fine(), *close)
            return bound_n

        return self._in_chunks(chunk, rows)

    def _screens(self, state, enough):
        """Cached functions that return the measures and labellings of `bounds`."""
        xp, (_, k, c) = namespace(state.w_sk), self.p_nkc.shape
        rough = product_error(float(xp.finfo(xp.float32).eps), k, c)
        dtype = xp.float32 if PRECISE * rough <= enough else xp.float64

        def screen(measure, few):
            weight_s, w_sk = few(state.weight_s, state.w_sk)
            return measure, *(xp.astype(x, dtype, copy=False) for x in (w_sk, weight_s))

        coarse = functools.partial(merged, level=LEVELS[0])
        fine = functools.partial(merged, level=LEVELS[1])
        finer = (likely_bounds, _sample) if state.sampled else (certain_bounds, fine)
        return (
            functools.cache(functools.partial(screen, *how))
            for how in ((certain_bounds, coarse), finer)
        )

    def message(self, i):
        """Return what a state needs to know about point `i`: its draws (k, c)."""
        return self.p_nkc[i]

    def receive(self, state, p_kc):
        """Return the state after adding a point with these draws to the batch."""
        picked = (*state.picked, p_kc)
        if self._enumerates(p_kc.shape[-1] ** len(picked), state):
            xp = namespace(p_kc)
            log_kc = log(float64(p_kc))
            log_skc = state.log_sk[:, :, None] + log_kc
            log_sk = xp.reshape(
                xp.permute_dims(log_skc, (0, 2, 1)), (-1, log_kc.shape[0])
            )
            return self._labelled(picked, log_sk)
        return self._sampled(picked)

    def _enumerates(self, n_labellings, state):
        if self.entropies == "exact" and n_labellings > self.max_configurations:
            raise ValueError(
                f"the batch has {n_labellings} joint label configurations, more than "
                f"max_configurations={self.max_configurations}: use a smaller n, "
                "increase max_configurations, or set entropies='dynamic'"
            )
        # once sampled, the labellings of the earlier picks cannot be enumerated again
        few = n_labellings <= self.max_configurations and not state.sampled
        return few and self.entropies != "sampled"

    def _labelled(self, picked, log_sk):
        """Create the state of all labellings from their log-probabilities."""
        xp = namespace(log_sk)
        p_s = xp.mean(xp.exp(log_sk), axis=1)
        return _Labelled(picked, log_sk, p_s, normalized(log_sk))

    def _sampled(self, picked):
        """Create the state of sampled labellings: a draw each, then labels (eq. 36)."""
        like, size = picked[0], self.max_configurations
        xp, k, where = namespace(like), like.shape[0], device(like)
        rng = np.random.default_rng([self.seed, len(picked)])
        # systematic sampling: numbers of labellings per draw differ by at most one
        true_s = carry(((np.arange(size) + rng.random()) * k / size).astype(int), like)
        log_sk = xp.zeros((size, k), dtype=xp.float64, device=where)
        for p_kc in picked:
            u_1s = chance(rng, (1, size), like)
            y_s = xp.astype(sample_labels(p_kc[true_s][None], u_1s)[0], xp.int64)
            log_sk = log_sk + log(float64(p_kc))[:, y_s].T
        order = carry(rng.permutation(size), like)  # so that any slice is random
        w_sk = normalized(log_sk)[order]
        weight_s = xp.full(size, 1 / size, dtype=xp.float64, device=where)
        return _Labelled(picked, None, weight_s, w_sk)

    def _estimate(self, state, rows, measure):
        """Apply a measure with all labellings to points (of `rows`): (n,)."""
        rows = np.arange(self.tie_break.shape[0]) if rows is None else rows

        def chunk(p_nkc, noise_nk):
            return self._in_blocks(measure, state.w_sk, state.weight_s, p_nkc, noise_nk)

        return self._in_chunks(chunk, rows)

    def _in_chunks(self, function, rows):
        """Join ``function(p_nkc, noise_nk)`` over chunks of points."""
        like, rows = self.tie_break, to_numpy(rows)

        def chunk(some):
            index = carry(rows[some], like)
            p_nkc = self.p_nkc[index]
            held = self.noise_nk is not None
            return function(p_nkc, self.noise_nk[index] if held else entropy(p_nkc))

        return map_rows(chunk, len(rows), rows_at_once(self.p_nkc))

    def _in_blocks(self, measure, w_sk, weight_s, p_nkc, noise_nk):
        """Apply a measure to blocks of points, in the dtype of the weights."""
        xp, (n, _, c) = namespace(p_nkc), p_nkc.shape

        def block(some):
            p_mkc, noise_mk = (
                xp.astype(x[some], w_sk.dtype, copy=False) for x in (p_nkc, noise_nk)
            )
            return measure(p_mkc, noise_mk, w_sk, weight_s)

        # so that products of shape (labellings, points, classes) fit the CPU cache
        size = block_rows(w_sk.itemsize * w_sk.shape[0] * c, p_nkc)
        return map_rows(block, n, size)


def _sample(weight_s, w_sk):
    """Sample labellings in proportion to their entropy, with importance weights."""
    xp, undecided_s = namespace(w_sk), entropy(w_sk)
    size = max(w_sk.shape[0] // SCREENED, FEWEST)
    few = in_proportion(undecided_s, size)
    # importance weights stay finite for labellings that determine the draw
    nothing = xp.finfo(undecided_s.dtype).smallest_normal
    own_s = xp.clip(undecided_s[few], min=nothing)
    return xp.mean(undecided_s) / own_s / size, w_sk[few]


def _remedy(k, c):
    """Advice for the warning that all draws are distinguished by the batch."""
    least = math.ceil(math.log(k) / math.log(c) - 1e-9) if c > 1 else 0
    return (
        f"{k} draws contain log {k} nats of information, which about "
        f"{max(least, 1)} labels of {c} classes exhaust: more draws, a less confident "
        "model (min_samples_leaf of a forest, more dropout) or a smaller batch may "
        "help."
    )
