"""What the labels of a batch say about the model, jointly: BatchBALD; layer 2.

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

from skactive._utils.array import (
    block_rows,
    carry,
    chance,
    device,
    float64,
    log,
    map_rows,
    namespace,
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

SCREENED = 16  # one sampled labelling in so many bounds gains
FEWEST = 200  # labellings of which a standard error is taken
PRECISE = 32  # gains this many times single precision's error are bounded by it


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
    the samples, `standard_error`. Gains are float64, whatever the type of the draws: a
    pool whose draws nearly agree has gains below the rounding of single precision.
    """

    diminishing = True

    def __init__(self, p_nkc, seed, *, max_configurations=10_000, entropies="dynamic"):
        self.p_nkc = p_nkc
        self.seed = seed
        self.max_configurations = max_configurations
        self.entropies = entropies
        c = p_nkc.shape[-1]
        self.tie_break = map_chunks(mutual_information, p_nkc)
        held = not isinstance(p_nkc, LazyArray)
        self.noise_nk = map_chunks(entropy, p_nkc) if held else None
        self.remedy = _remedy(p_nkc.shape[1], c)
        # of a difference of entropies
        self.rounding = sum_rounding(max_configurations) * (math.log(c) + 1)

    def start(self):
        """State of the empty batch: one labelling, that leaves the draws equal."""
        xp, k = namespace(self.tie_break), self.p_nkc.shape[1]
        log_sk = xp.zeros((1, k), dtype=xp.float64, device=device(self.tie_break))
        return self._labelled((), log_sk)

    def gains(self, state, rows=None):
        """Information that each point (of `rows`) adds to the batch's: (n,)."""
        if not state.picked:
            return self.tie_break if rows is None else self.tie_break[rows]
        mean_k = weighted_sum(state.weight_s, state.w_sk)  # that of all blocks
        measure = functools.partial(mean_gains, mean_k=mean_k)
        return self._estimate(state, rows, measure)

    def standard_error(self, state, rows=None):
        """Standard deviation of sampled gains; 0 where all labellings are taken."""
        if not state.sampled:
            return 0 * self.gains(state, rows)
        return self._estimate(state, rows, standard_errors)

    def limit(self, state):
        """What the labellings leave undecided, in nats: no point's gain exceeds it.

        The mean of H(w_s), of the draws that each labelling leaves; 0 where that cannot
        be told from nothing. Of sampled gains, by the same sample.
        """
        undecided = weighted_sum(state.weight_s, entropy(state.w_sk)[:, None])[0]
        return float(zero_below(undecided, self.rounding))

    def bounds(self, state, rows, enough=-math.inf):
        """Upper bounds of the gains of `rows`, tight where they reach `enough`.

        Labellings are merged, which never lowers a gain: coarsely for all points, and
        for those that this does not rule out, finely. Sampled gains are noisy as they
        are: these points' are then bounded by few of the labellings, taken in
        proportion to what each leaves undecided, since no point can tell more. Such
        bounds lie some standard errors above the estimate, and fail for one point in
        thirty thousand, and then by little.
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
        """What makes, once, the measures of `bounds` and the labellings they weigh."""
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
        """What a state has to know of point `i`: its draws (k, c)."""
        return self.p_nkc[i]

    def receive(self, state, p_kc):
        """State with a point of these draws in the batch."""
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
        return _Labelled(picked, log_sk, p_s, normalized(log_sk))

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
            log_sk = log_sk + log(float64(p_kc))[:, y_s].T
        order = carry(rng.permutation(size), like)  # so that any slice is a sample
        w_sk = normalized(log_sk)[order]
        weight_s = xp.full(size, 1 / size, dtype=xp.float64, device=where)
        return _Labelled(picked, None, weight_s, w_sk)

    def _estimate(self, state, rows, measure):
        """What a measure of labellings makes of points: (n,)."""
        rows = np.arange(self.tie_break.shape[0]) if rows is None else rows

        def chunk(p_nkc, noise_nk):
            return self._in_blocks(measure, state.w_sk, state.weight_s, p_nkc, noise_nk)

        return self._in_chunks(chunk, rows)

    def _in_chunks(self, function, rows):
        """Join ``function(p_nkc, noise_nk)`` of chunks of points."""
        like, rows = self.tie_break, to_numpy(rows)

        def chunk(some):
            index = carry(rows[some], like)
            p_nkc = self.p_nkc[index]
            held = self.noise_nk is not None
            return function(p_nkc, self.noise_nk[index] if held else entropy(p_nkc))

        return map_rows(chunk, len(rows), rows_at_once(self.p_nkc))

    def _in_blocks(self, measure, w_sk, weight_s, p_nkc, noise_nk):
        """Apply a measure to blocks of points, in the type of the weights."""
        xp, (n, _, c) = namespace(p_nkc), p_nkc.shape

        def block(some):
            p_mkc, noise_mk = (
                xp.astype(x[some], w_sk.dtype, copy=False) for x in (p_nkc, noise_nk)
            )
            return measure(p_mkc, noise_mk, w_sk, weight_s)

        # the products of a block, (labellings, points, classes), fit a cache
        size = block_rows(w_sk.itemsize * w_sk.shape[0] * c, p_nkc)
        return map_rows(block, n, size)


def _sample(weight_s, w_sk):
    """Few of sampled labellings, and by how much each outweighs its part of them."""
    xp, undecided_s = namespace(w_sk), entropy(w_sk)
    size = max(w_sk.shape[0] // SCREENED, FEWEST)
    few = in_proportion(undecided_s, size)
    nothing = xp.finfo(undecided_s.dtype).smallest_normal
    own_s = xp.clip(undecided_s[few], min=nothing)
    return xp.mean(undecided_s) / own_s / size, w_sk[few]


def _remedy(k, c):
    """What may help once a batch has told all draws apart."""
    least = math.ceil(math.log(k) / math.log(c) - 1e-9) if c > 1 else 0
    return (
        f"{k} draws hold log {k} nats, what about {max(least, 1)} labels of {c} "
        "classes can tell: more draws, a less confident model (min_samples_leaf of a "
        "forest, more dropout) or a smaller batch may help."
    )
