"""Checks of the draws that samplers return; layer 3."""

from typing import Any

import numpy as np

from skactive._utils.array import device, namespace, to_numpy

__all__ = ["check_draws"]


def check_draws(
    p_nkc: Any, shape: tuple[int, int, int], first: int, sampler: Any
) -> None:
    """Raise unless draws have the right shape and are finite, or probabilities.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        The draws.
    shape : tuple (n, k, c)
        The expected shape.
    first : int
        Number, in the pool, of the first row, from which error messages count.
    sampler : PosteriorSampler
        The sampler that made the draws; messages begin with its name and, for draws
        that are finite, its hint.

    Raises
    ------
    ValueError
        If the draws have the wrong shape, are not floats, not finite, or not
        probabilities.
    """
    name = sampler._name
    if tuple(p_nkc.shape) != shape:
        raise ValueError(
            f"{name} returned draws of shape {tuple(p_nkc.shape)}, but the expected "
            f"shape (n, k, c) is {shape}"
        )
    xp = namespace(p_nkc)
    if not xp.isdtype(p_nkc.dtype, "real floating"):
        raise ValueError(
            f"{name} returned draws of dtype {p_nkc.dtype}, but they must be floats"
        )
    if sampler.task == "regression":
        bad_nk, fault = _values(p_nkc, xp)
    else:
        bad_nk, fault = _probabilities(p_nkc, xp, sampler._slack(p_nkc))
    if bool(xp.any(bad_nk)):
        _raise_at_first(sampler, p_nkc, bad_nk, fault, first)


def _raise_at_first(sampler, p_nkc, bad_nk, fault, first):
    """Raise ``ValueError`` that says what is wrong with the first invalid draw."""
    bad_nk = to_numpy(bad_nk)
    row = int(np.flatnonzero(bad_nk.any(axis=1))[0])
    draw = int(np.flatnonzero(bad_nk[row])[0])
    values_c = to_numpy(p_nkc[row, draw]).astype(float)
    hint = sampler._hint if np.isfinite(values_c).all() else ""
    raise ValueError(
        f"{sampler._name}: {hint}the draws at row {first + row} {fault}: draw {draw} "
        f"{_told(values_c)}"
    )


def _told(values_c):
    """What is wrong with a draw, in a few words."""
    wrong_c = values_c[~np.isfinite(values_c)]
    if not wrong_c.size:
        wrong_c = values_c[values_c < 0]
    if wrong_c.size:
        return f"contains {wrong_c[0]:.4g}"
    return f"sums to {values_c.sum():.6g}"


def _values(f_nkc, xp):
    # a sum with NaN or infinity is not finite; in half precision others would overflow
    total_nk = xp.sum(f_nkc, axis=-1, dtype=xp.float64)
    return ~xp.isfinite(total_nk), "are not finite"


def _sums(p_nkc, xp):
    """Sum of each draw over the classes: (n, k)."""
    if p_nkc.dtype == xp.float16:
        # in half precision a sum of 1,000 classes may be off by a hundredth
        return xp.sum(p_nkc, axis=-1, dtype=xp.float64)
    # a matrix product is much faster than sums over a short axis, which would take as
    # long as a forest's draws
    ones_c = xp.ones(p_nkc.shape[-1], dtype=p_nkc.dtype, device=device(p_nkc))
    return p_nkc @ ones_c


def _probabilities(p_nkc, xp, slack):
    bad_nk = ~(xp.abs(_sums(p_nkc, xp) - 1) <= slack)
    fault = "are not probabilities that sum to one"
    # the minimum is a quick test, and NaN if there is one
    seen = p_nkc.shape[0] and not bool(xp.min(p_nkc) >= 0)
    if seen and bool(xp.any(p_nkc < 0)):
        bad_nk = bad_nk | xp.any(p_nkc < 0, axis=-1)
        fault += ", none negative"
    return bad_nk, fault
