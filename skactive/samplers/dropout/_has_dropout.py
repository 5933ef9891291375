"""Whether a net that is not trained yet will drop anything; layer 3."""

from typing import Any

from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import torch_seed
from skactive.samplers.dropout._checks import hidden_dropout
from skactive.samplers.dropout._draws import dropouts_of

__all__ = ["has_dropout"]


def has_dropout(net: Any) -> bool:
    """Whether the module of a skorch net has active dropout, or may have.

    Parameters
    ----------
    net : NeuralNet
        Initialized or not; nothing of it changes. A class of modules is made an
        instance of, as ``fit`` will.

    Returns
    -------
    bool
        True too where no module can be made yet: a callback may have to say for how
        many features.
    """
    module = vars(net).get("module_")
    if module is None:
        try:
            with torch_seed(0):
                params = net.get_params_for("module")
                module = net.initialized_instance(net.module, params)
        except Exception as error:  # if it is an error, then one of ``fit``
            pass_on_interrupts(error)
            return True
    return bool(dropouts_of(module)) or any(hidden_dropout(module))
