"""Mutual information of a batch's joint labels and reference labels; layer 2.

The objective of a batch B is ``alpha(B) = mean_r I(y_r; y_B)``: EPIG [1]_ with joint
labels, and ICAL with mutual information as the measure of dependence. Given a joint
labelling s of the picks so far, the weights w_sk of the draws are proportional to
p(y_B = s | k), and by the chain rule one more point adds

    alpha(B + x) - alpha(B) = mean_s mean_r I_s(y_r; y_x),

where I_s is the mutual information under these weights. The mean is over all labellings
while they are few, and over sampled ones afterwards, which is unbiased.

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

NOTHING = 1e-14  # nats: rounding error once labels distinguish all draws


class JointReferenceInformation(DivisibleSetFunction):
    """Mutual information of the labels of a batch and each reference label.

    It is monotone but not submodular: two labels may be informative together, although
    each one alone is not.

    Parameters
    ----------
    p_nkc : array or LazyArray of shape (n, k, c)
        Draws: class probabilities.
    p_rkc : array of shape (r, k, c)
        Draws of the reference points, from the same functions.
    seed : int
        Seed of the sampled labellings, as in `JointInformation`.
    max_configurations : int, default=100
        Maximum number of joint labellings to enumerate; the number of samples if there
        are more.
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
        # provides the joint labellings, and the weights of the draws given each
        self.labellings = JointInformation(
            p_nkc, seed, max_configurations=max_configurations
        )
        self.tie_break = self.labellings.tie_break
        self.remedy = self.labellings.remedy

    def start(self):
        """Return the state of the empty batch."""
        return self.labellings.start()

    def gains(self, state, rows=None):
        """Compute the information that each point (of `rows`) adds: (n,)."""
        if not state.picked:
            return self._mean_information(rows)
        left = [
            (weight, w_k)
            for weight, w_k, undecided in zip(
                state.weight_s, state.w_sk, to_numpy(entropy(state.w_sk)), strict=True
            )
            if undecided > 0  # the others determine the draw: nothing is left to learn
        ]

        def chunk(p_mkc):
            nothing_m = 0 * float64(p_mkc[:, 0, 0])
            gain_m = sum((w * self._given(p_mkc, w_k) for w, w_k in left), nothing_m)
            return rounded_like(zero_below(gain_m, NOTHING), p_mkc)

        return map_chunks(chunk, self.p_nkc, rows)

    def message(self, i):
        """Return what a state needs to know about point `i`: its draws (k, c)."""
        return self.labellings.message(i)

    def receive(self, state, message):
        """Return the state after adding a point with these draws to the batch."""
        return self.labellings.receive(state, message)

    def _mean_information(self, rows):
        def chunk(p_mkc):
            return rounded_like(self._given(p_mkc, None), p_mkc)

        return map_chunks(chunk, self.p_nkc, rows)

    def _given(self, p_mkc, w_k):
        """Mean over reference points of the information under weights w_k: (m,)."""
        gain_mr = label_information(p_mkc, self.p_rkc, w_k)
        return namespace(gain_mr).mean(gain_mr, axis=1)
