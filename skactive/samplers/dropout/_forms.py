"""Test in which ways the draws of a net can be computed faster; layer 3."""

import warnings
from typing import NamedTuple

from skactive._utils.interrupts import pass_on_interrupts
from skactive.samplers.dropout._thinning import fault_of, fault_of_draws
from skactive.samplers.dropout._thinning_trace import stateless

__all__ = ["Forms", "learnt_forms", "why_alone"]


class Forms(NamedTuple):
    """Ways in which draws of a net can be computed.

    Parameters
    ----------
    thin_fault : str
        Why channels cannot be left out; "" if they can.
    lone : str
        Why a pass can compute only one draw; "" if it can compute several.
    row_draw_bytes : int
        Memory for each draw and point if a pass computes several draws.
    alone : dict of str to str
        How each dropout layer is treated if a pass computes one draw.
    together : dict of str to str, or None
        How it is treated if a pass computes several; None if that was not tested.
    """

    thin_fault: str
    lone: str
    row_draw_bytes: int
    alone: dict
    together: dict | None

    def report(self, is_short):
        """How each dropout layer is treated; `is_short` of memory for a second draw."""
        why = self.lone or ("working_memory holds no second" if is_short else "")
        if self.together is None:
            return self.alone
        if not why:
            return self.together
        tail = f"; one draw at a time: {why}"
        return {n: how if why in how else how + tail for n, how in self.alone.items()}


def learnt_forms(make, batches, thin, together):
    """Test which faster ways give the same draws as masks, one draw at a time.

    Parameters
    ----------
    make : callable
        Makes two sub-networks in a given way, always from the same seed.
    batches : list of array-like
        Points to test with.
    thin : bool
        Whether faster ways than masks, one draw at a time, are wanted.
    together : str or None
        Why a pass can compute only one draw; "" if it can compute several. None on a
        CPU, where several are not faster.

    Returns
    -------
    Forms
        The result of the tests.
    """
    masked, draws = make(thin=False), make(thin=thin)
    pairs = [(X, masked(X)) for X in batches if masked.dropouts]
    fault = fault_of_draws(draws, pairs) if thin else "thin=False"
    alone = draws.thinner.report(fault)
    if not thin or together is None:
        return Forms(fault, "no accelerator" if thin else "thin=False", 0, alone, None)
    draws = make(at_once=2)
    faults = (_why_not_together(draws, pair) for pair in pairs)
    lone = together or next(filter(None, faults), "")
    thinner = draws.thinner
    return Forms(fault, lone, thinner.row_bytes, alone, thinner.report())


def _why_not_together(draws, pair):
    """Why a pass can compute only one draw; "" if several come out the same."""
    try:
        with stateless(draws.module), warnings.catch_warnings():
            # torch.vmap warns where it falls back to a loop over draws
            warnings.filterwarnings("error", "There is a performance drop")
            return fault_of_draws(draws, [pair]) or draws.thinner.fault
    except Exception as error:  # from torch.vmap, or an operation it does not support
        pass_on_interrupts(error)
        said = str(error).partition("\n")[0].partition(". ")[0]
        return said or type(error).__name__


def why_alone(net):
    """Why a pass can compute only one draw, for any points; "" if it may do several."""
    if not type(net).infer.__module__.startswith("skorch."):
        return f"{type(net).__name__} overrides infer"
    if net.module_._forward_hooks or net.module_._forward_pre_hooks:
        return f"{type(net.module_).__name__} has hooks"
    return fault_of(net.module_)
