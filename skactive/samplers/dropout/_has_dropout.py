"""Find out whether an untrained net has dropout layers; layer 3."""

from typing import Any

from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import torch_seed
from skactive.samplers.dropout._checks import hidden_dropout
from skactive.samplers.dropout._draws import dropouts_of

__all__ = ["has_dropout"]


def has_dropout(net: Any) -> bool:
    """Whether the module of a skorch net has, or may have, active dropout.

    Parameters
    ----------
    net : NeuralNet
        The net, initialized or not; it is not changed. If its module is a class, an
        instance is made, as ``fit`` does.

    Returns
    -------
    bool
        Also True if no module can be made yet, for example because a callback sets
        the number of features.
    """
    module = vars(net).get("module_")
    if module is None:
        try:
            with torch_seed(0):
                params = net.get_params_for("module")
                module = net.initialized_instance(net.module, params)
        except Exception as error:  # fit reports it, unless a callback prevents it
            pass_on_interrupts(error)
            return True
    return bool(dropouts_of(module)) or any(hidden_dropout(module))
