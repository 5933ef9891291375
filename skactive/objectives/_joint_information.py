"""What the labels of a batch say about the model, jointly: BatchBALD; layer 1.

A joint labelling s of the picks so far has probability p_sk under draw k. With
w_sk = p_sk / sum_k p_sk, the draws as that labelling leaves them, one more point adds

    mean_s [ H(sum_k w_sk P_nk) - sum_k w_sk H(P_nk) ],

a mutual information for each labelling, so never negative [1]_. The mean is over all
labellings, by their probability, while these are few (eq. 12), and over sampled ones
after that: the same expectation as eq. 36, with less spread.

References
----------
.. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
   acquisition for deep Bayesian active learning", NeurIPS 2019.
"""

import functools
import math
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skactive._utils.array import (
    carry,
    chance,
    device,
    log,
    map_rows,
    namespace,
    special,
    to_numpy,
)
from skactive._utils.lazy import LazyArray, map_chunks, rows_at_once
from skactive.information import entropy, mutual_information, sample_labels
from skactive.selection import DivisibleSetFunction

__all__ = ["JointInformation"]

BLOCK_BYTES = 4 * 2**20  # of products (labellings x points x classes): fits a cache
SCREENED = 16  # one labelling in so many bounds the gains of all candidates
FEW = 64  # labellings whose single-precision sum is right to as many last places
FEWEST = 200  # labellings of which a standard error is taken
DEVIATIONS = 4.0  # standard errors that such a bound lies above the estimate


class _Labelled(NamedTuple):
    """Draws of the picks, and what joint labellings of theirs leave of all draws.

    A row each: ``log_sk`` log-probabilities under each draw (of all labellings; None
    once they are sampled), ``weight_s`` their shares, ``w_sk`` the draws' weights.
    """

    picked: tuple
    log_sk: Any
    weight_s: Any
    w_sk: Any

    @property
    def sampled(self):
        """Whether the labellings are a sample."""
        return self.log_sk is None


class JointInformation(DivisibleSetFunction):
    """Growth of the information that a batch's labels and the model share, in nats.

    Parameters
    ----------
    p_nkc : array or LazyArray of shape (n, k, c)
        Draws: class probabilities.
    seed : int
        Source of the sampled labellings: those of each step depend on it and on the
        picks alone, and are drawn afresh, because extended ones impoverish.
    max_configurations : int, default=10_000
        Number of joint labellings up to which all are taken; number of samples beyond.
    entropies : {"dynamic", "exact", "sampled"}, default="dynamic"
        Whether labellings are all taken as long as they are few, always, or only for
        the first pick.

    Notes
    -----
    Exact gains only shrink as the batch grows; sampled ones do so but for the noise of
    the samples, `standard_error`. Labellings are weighed in float64, for their
    probabilities underflow; gains are worked in the type of the draws.
    """

    diminishing = True

    def __init__(self, p_nkc, seed, *, max_configurations=10_000, entropies="dynamic"):
        self.p_nkc = p_nkc
        self.seed = seed
        self.max_configurations = max_configurations
        self.entropies = entropies
        self.tie_break = map_chunks(mutual_information, p_nkc)
        held = not isinstance(p_nkc, LazyArray)
        self.noise_nk = map_chunks(entropy, p_nkc) if held else None
        eps = _sum_eps(self.tie_break.dtype, max_configurations, self.tie_break)
        self.rounding = eps * (math.log(p_nkc.shape[-1]) + 1)  # of gains

    def start(self):
        """State of the empty batch: one labelling, that leaves the draws equal."""
        xp, k = namespace(self.tie_break), self.p_nkc.shape[1]
        log_sk = xp.zeros((1, k), dtype=xp.float64, device=device(self.tie_break))
        return self._labelled((), log_sk)

    def gains(self, state, rows=None):
        """Information that each point (of `rows`) adds to the batch's: (n,)."""
        if not state.picked:
            return self.tie_break if rows is None else self.tie_break[rows]
        return self._estimate(state, rows)

    def standard_error(self, state, rows=None):
        """Standard deviation of sampled gains; 0 where all labellings are taken."""
        if not state.sampled:
            return 0 * self.gains(state, rows)
        return self._estimate(state, rows, _standard_errors)

    def bounds(self, state, rows):
        """Upper bounds, but for chance, of sampled gains, from few of the labellings.

        A labelling tells no more than it leaves undecided between the draws, which is
        known for all of them: they are taken in proportion to that. Bounds fail for
        one point in thirty thousand, and then by little. Exact gains are their own.
        """
        if not state.sampled:
            return self.tie_break[rows]
        xp, w_sk = namespace(state.w_sk), state.w_sk
        undecided_s = xp.sum(special(w_sk).entr(w_sk), axis=1)
        size = max(w_sk.shape[0] // SCREENED, FEWEST)
        few = _in_proportion(undecided_s, size)
        nothing = xp.finfo(undecided_s.dtype).smallest_normal
        weight_s = xp.mean(undecided_s) / xp.clip(undecided_s[few], min=nothing) / size
        state = state._replace(weight_s=weight_s, w_sk=w_sk[few])
        return self._estimate(state, rows, _upper_bounds, xp.float32)

    def message(self, i):
        """What a state has to know of point `i`: its draws (k, c)."""
        return self.p_nkc[i]

    def receive(self, state, p_kc):
        """State with a point of these draws in the batch."""
        picked = (*state.picked, p_kc)
        if self._enumerates(p_kc.shape[-1] ** len(picked), state):
            xp = namespace(p_kc)
            log_kc = xp.astype(log(p_kc), xp.float64)
            log_skc = state.log_sk[:, :, None] + log_kc
            log_sk = xp.reshape(
                xp.permute_dims(log_skc, (0, 2, 1)), (-1, log_kc.shape[0])
            )
            return self._labelled(picked, log_sk)
        return self._sampled(picked)

    def _enumerates(self, n_labellings, state):
        if self.entropies == "exact" and n_labellings > self.max_configurations:
            raise ValueError(
                f"the batch has {n_labellings} joint labellings, more than "
                f"max_configurations={self.max_configurations}: ask for fewer points, "
                "allow more, or let labellings be sampled"
            )
        few = n_labellings <= self.max_configurations and not state.sampled
        return few and self.entropies != "sampled"

    def _labelled(self, picked, log_sk):
        """State with all labellings, given their log-probabilities."""
        xp = namespace(log_sk)
        p_s = xp.mean(xp.exp(log_sk), axis=1)
        return _Labelled(picked, log_sk, p_s, _softmax(log_sk))

    def _sampled(self, picked):
        """State with labellings drawn afresh: a draw each, then its labels (eq. 36)."""
        like, size = picked[0], self.max_configurations
        xp, k, where = namespace(like), like.shape[0], device(like)
        rng = np.random.default_rng([self.seed, len(picked)])
        # each draw as often as the others, but for one
        true_s = carry(((np.arange(size) + rng.random()) * k / size).astype(int), like)
        log_sk = xp.zeros((size, k), dtype=xp.float64, device=where)
        for p_kc in picked:
            u_1s = chance(rng, (1, size), like)
            y_s = xp.astype(sample_labels(p_kc[true_s][None], u_1s)[0], xp.int64)
            log_sk = log_sk + xp.astype(log(p_kc), xp.float64)[:, y_s].T
        order = carry(rng.permutation(size), like)  # so that any slice is a sample
        w_sk = _softmax(log_sk)[order]
        weight_s = xp.full(size, 1 / size, dtype=xp.float64, device=where)
        return _Labelled(picked, None, weight_s, w_sk)

    def _estimate(self, state, rows, of_block=None, dtype=None):
        """Gains, or what else a function makes of blocks of points: (n,)."""
        like, c = self.tie_break, self.p_nkc.shape[-1]
        xp, dtype = namespace(like), like.dtype if dtype is None else dtype
        rows = np.arange(like.shape[0]) if rows is None else to_numpy(rows)
        w_sk = xp.astype(state.w_sk, dtype, copy=False)
        weight_s = xp.astype(state.weight_s, dtype, copy=False)
        if of_block is None:  # the draws' mean weights are those of all blocks
            of_block = functools.partial(_gains, mean_k=_weigh(weight_s, w_sk))
        size = max(1, BLOCK_BYTES // (xp.finfo(dtype).bits // 8 * w_sk.shape[0] * c))

        def chunk(some):
            index = carry(rows[some], like)
            p_nkc = self.p_nkc[index]
            noise_nk = self._noise(index, p_nkc)

            def block(part):
                p_mkc = xp.astype(p_nkc[part], dtype, copy=False)
                noise_mk = xp.astype(noise_nk[part], dtype, copy=False)
                return of_block(p_mkc, noise_mk, w_sk, weight_s)

            return map_rows(block, len(index), size)

        return map_rows(chunk, len(rows), rows_at_once(self.p_nkc))

    def _noise(self, index, p_nkc):
        """Entropies of the draws of some points: held with the draws, else made."""
        return entropy(p_nkc) if self.noise_nk is None else self.noise_nk[index]


def _gains(p_nkc, noise_nk, w_sk, weight_s, mean_k):
    """``mean_s [H(sum_k w_sk P_nk) - sum_k w_sk H(P_nk)]``, shares as weights: (n,).

    What rounding cannot tell from zero is zero.
    """
    xp, (_, _, c) = namespace(p_nkc), p_nkc.shape
    h_n = -xp.sum(xp.reshape(_weigh(weight_s, _plogp(p_nkc, w_sk)), (c, -1)), axis=0)
    gain_n = h_n - xp.astype(noise_nk, xp.float64) @ mean_k
    eps = _sum_eps(p_nkc.dtype, w_sk.shape[0], p_nkc)
    gain_n = xp.where(gain_n > eps * (h_n + 1), gain_n, xp.zeros_like(gain_n))
    return xp.astype(gain_n, p_nkc.dtype)


def _sum_eps(dtype, size, like):
    """Relative error of `_weigh` of so many labellings."""
    xp = namespace(like)
    return float(FEW * xp.finfo(dtype).eps + size * xp.finfo(xp.float64).eps)


def _weigh(weight_s, x_sm):
    """Weighted sum over labellings, float64: (m,).

    In single precision only a few are added, for a sum over thousands rounds by more
    than a point may add.
    """
    xp, size = namespace(x_sm), x_sm.shape[0]
    at_once = size if x_sm.dtype == xp.float64 else FEW
    return sum(
        xp.astype(weight_s[some] @ x_sm[some], xp.float64)
        for some in gen_batches(size, at_once)
    )


def _standard_errors(p_nkc, noise_nk, w_sk, weight_s):
    """Standard error of that mean: (n,)."""
    gain_sn = _gains_by_labelling(p_nkc, noise_nk, w_sk)
    variance_n = weight_s @ (gain_sn - weight_s @ gain_sn) ** 2
    return (variance_n / w_sk.shape[0]) ** 0.5


def _upper_bounds(p_nkc, noise_nk, w_sk, weight_s):
    """A few standard errors above the weighted mean: (n,)."""
    gain_sn = weight_s[:, None] * _gains_by_labelling(p_nkc, noise_nk, w_sk)
    xp, size = namespace(gain_sn), w_sk.shape[0]
    error_n = size**0.5 * xp.std(gain_sn, axis=0)
    rounding = 8 * xp.finfo(gain_sn.dtype).eps * (math.log(p_nkc.shape[-1]) + 1)
    return xp.sum(gain_sn, axis=0) + DEVIATIONS * error_n + rounding


def _in_proportion(size_s, n):
    """Take n indices, evenly along the running total of their sizes: (n,)."""
    xp, total_s = namespace(size_s), namespace(size_s).cumulative_sum(size_s)
    place_n = xp.arange(n, dtype=size_s.dtype, device=device(size_s)) + 0.5
    return xp.searchsorted(total_s, place_n / n * total_s[-1])


def _gains_by_labelling(p_nkc, noise_nk, w_sk):
    """What each point adds if a labelling is true: (s, n)."""
    xp, shape = namespace(p_nkc), (w_sk.shape[0], p_nkc.shape[-1], -1)
    h_sn = -xp.sum(xp.reshape(_plogp(p_nkc, w_sk), shape), axis=1)
    return h_sn - w_sk @ noise_nk.T


def _plogp(p_nkc, w_sk):
    """``p log p`` of the label's probabilities after each labelling: (s, c n)."""
    xp, k = namespace(p_nkc), p_nkc.shape[1]
    p_kx = xp.reshape(xp.permute_dims(p_nkc, (1, 2, 0)), (k, -1))
    p_sx = w_sk @ p_kx  # eq. 13, all candidates at once
    return p_sx * xp.log(xp.clip(p_sx, min=xp.finfo(p_sx.dtype).smallest_normal))


def _softmax(log_sk):
    """``p_sk / sum_k p_sk``, however small; uniform for labellings that cannot be."""
    xp = namespace(log_sk)
    most_s = xp.max(log_sk, axis=1, keepdims=True)
    possible = xp.isfinite(most_s)
    p_sk = xp.where(possible, xp.exp(log_sk - xp.where(possible, most_s, 0.0)), 1.0)
    return p_sk / xp.sum(p_sk, axis=1, keepdims=True)
