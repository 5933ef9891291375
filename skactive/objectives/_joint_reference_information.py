"""What the labels of a batch say, jointly, about those of reference points; layer 2.

A batch B is worth ``alpha(B) = mean_r I(y_r; y_B)``: EPIG [1]_ of joint labels, and
ICAL with mutual information as its measure of dependence. A joint labelling s of the
picks so far leaves of the draws the weights w_sk, proportional to p(y_B = s | k), and
one more point then adds

    alpha(B + x) - alpha(B) = mean_s mean_r I_s(y_r; y_x),

the information under those weights, by the chain rule. The mean is over all labellings
while these are few, and over sampled ones after that, which leaves it unbiased.

References
----------
.. [1] Bickford Smith, Kirsch, Farquhar, Gal, Foster and Rainforth, "Prediction-oriented
   Bayesian active learning", AISTATS 2023.
"""

from skactive._utils.array import (
    Array,
    carry,
    float64,
    namespace,
    rounded_like,
    to_numpy,
    zero_below,
)
from skactive._utils.lazy import LazyArray, map_chunks
from skactive.information import entropy
from skactive.objectives._joint_information import JointInformation
from skactive.objectives._reference_gains import label_information
from skactive.selection import DivisibleSetFunction

__all__ = ["JointReferenceInformation"]

NOTHING = 1e-14  # nats: what rounding leaves where labels tell all draws apart


class JointReferenceInformation(DivisibleSetFunction):
    """Growth of the information of a batch's labels about each reference label.

    It is monotone and not submodular: two labels may tell together what neither tells
    alone.

    Parameters
    ----------
    p_nkc : array or LazyArray of shape (n, k, c)
        Draws: class probabilities.
    p_rkc : array of shape (r, k, c)
        Draws, by the same functions, of the reference points.
    seed : int
        Source of the sampled labellings, as in `JointInformation`.
    max_configurations : int, default=100
        Number of joint labellings up to which all are taken; number of samples beyond.
    """

    def __init__(
        self,
        p_nkc: Array | LazyArray,
        p_rkc: Array,
        seed: int,
        *,
        max_configurations: int = 100,
    ):
        self.p_nkc = p_nkc
        self.p_rkc = carry(p_rkc, p_nkc[:1])
        # which labellings there are, and what they leave of the draws
        self.labellings = JointInformation(
            p_nkc, seed, max_configurations=max_configurations
        )
        self.tie_break = self.labellings.tie_break
        self.remedy = self.labellings.remedy

    def start(self):
        """State of the empty batch."""
        return self.labellings.start()

    def gains(self, state, rows=None):
        """Information that each point (of `rows`) adds to the batch's: (n,)."""
        if not state.picked:
            return self._mean_information(rows)
        left = [
            (weight, w_k)
            for weight, w_k, undecided in zip(
                state.weight_s, state.w_sk, to_numpy(entropy(state.w_sk)), strict=True
            )
            if undecided > 0  # others leave nothing to learn
        ]

        def chunk(p_mkc):
            nothing_m = 0 * float64(p_mkc[:, 0, 0])
            gain_m = sum((w * self._given(p_mkc, w_k) for w, w_k in left), nothing_m)
            return rounded_like(zero_below(gain_m, NOTHING), p_mkc)

        return map_chunks(chunk, self.p_nkc, rows)

    def message(self, i):
        """What a state has to know of point `i`: its draws (k, c)."""
        return self.labellings.message(i)

    def receive(self, state, message):
        """State with a point of these draws in the batch."""
        return self.labellings.receive(state, message)

    def _mean_information(self, rows):
        def chunk(p_mkc):
            return rounded_like(self._given(p_mkc, None), p_mkc)

        return map_chunks(chunk, self.p_nkc, rows)

    def _given(self, p_mkc, w_k):
        """Mean over the reference of the information under some weights: (m,)."""
        gain_mr = label_information(p_mkc, self.p_rkc, w_k)
        return namespace(gain_mr).mean(gain_mr, axis=1)
