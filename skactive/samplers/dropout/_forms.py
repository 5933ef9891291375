"""In which forms the draws of a net can be made, learnt from a few points; layer 3."""

import warnings
from typing import NamedTuple

from skactive._utils.interrupts import pass_on_interrupts
from skactive.samplers.dropout._thinning import fault_of, fault_of_draws
from skactive.samplers.dropout._thinning_trace import stateless

__all__ = ["Forms", "learnt_forms", "why_alone"]


class Forms(NamedTuple):
    """How draws can be made.

    Parameters
    ----------
    thin_fault : str
        Why no channels can be left out; "" if they can.
    lone : str
        Why one pass can make one draw only; "" if several.
    row_draw_bytes : int
        What several draws take in a pass, for each draw and point.
    alone : dict of str to str
        How each dropout layer is drawn where a pass makes one draw.
    together : dict of str to str, or None
        The same where it makes several; None if that was not tried.
    """

    thin_fault: str
    lone: str
    row_draw_bytes: int
    alone: dict
    together: dict | None

    def report(self, is_short):
        """How each dropout layer is drawn; `is_short` of memory for a second draw."""
        why = self.lone or ("working_memory holds no second" if is_short else "")
        if self.together is None:
            return self.alone
        if not why:
            return self.together
        tail = f"; one draw at a time: {why}"
        return {n: how if why in how else how + tail for n, how in self.alone.items()}


def learnt_forms(make, batches, thin, together):
    """Learn in which forms draws are what masks make of them, one at a time.

    Parameters
    ----------
    make : callable
        Makes two sub-networks, always of the same seed, in a given form.
    batches : list of array-like
        Points.
    thin : bool
        Whether anything but masks, one draw at a time, is wanted.
    together : str or None
        Why a pass may make one draw only; "" if several. None on a CPU, which gains
        nothing by several.

    Returns
    -------
    Forms
        What was learnt.
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
    """Why a pass can make one draw only; "" if it makes several, and the same."""
    try:
        with stateless(draws.module), warnings.catch_warnings():
            # of an operation that torch.vmap repeats for each draw
            warnings.filterwarnings("error", "There is a performance drop")
            return fault_of_draws(draws, [pair]) or draws.thinner.fault
    except Exception as error:  # of torch.vmap, or of a step that it does not take
        pass_on_interrupts(error)
        said = str(error).partition("\n")[0].partition(". ")[0]
        return said or type(error).__name__


def why_alone(net):
    """Why a pass may make one draw only, whatever the points; "" if several."""
    if not type(net).infer.__module__.startswith("skorch."):
        return f"{type(net).__name__} has an infer of its own"
    if net.module_._forward_hooks or net.module_._forward_pre_hooks:
        return f"{type(net.module_).__name__} has hooks"
    return fault_of(net.module_)
