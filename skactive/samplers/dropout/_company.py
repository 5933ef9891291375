"""Whether what a net makes of a point depends on chance, or on company; layer 3."""

from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._draws import outputs
from skactive.samplers.dropout._thinning import differ

__all__ = ["check_company"]

REMEDY = (
    "so that no draw is a function; let no layer of it look along axis 0 in evaluation "
    "mode, as BatchNorm does with track_running_stats=False"
)


def check_company(name, net, few, alone):
    """Raise ``ValueError`` where a net is random, or points look at each other.

    Parameters
    ----------
    name : str
        Whom errors name.
    net : NeuralNet
        A copy that nobody else sees.
    few : array-like of m points
        Evaluated together.
    alone : dict of int to array-like of 1 point
        Points of `few`, by their place in it, evaluated alone.

    Returns
    -------
    tensor of shape (1, c)
        Output at a point.
    """
    module = type(net.module_).__name__
    beside = _output(name, net, few, _repeated(name, module))
    for place, X in alone.items():
        try:
            single = _output(name, net, X, lambda forward, batch: forward(batch))
        except (IndexError, RuntimeError, ValueError) as error:
            pass_on_interrupts(error)
            said = str(error).partition("\n")[0]
            raise ValueError(
                f"{name}: {module} makes nothing of one point alone ({said}), {REMEDY}"
            ) from error
        # as many digits as single precision has after a deep net; TF32 has fewer
        digits = 0.4 if single.device.type == "cpu" else 0.25
        # what is not a number is the query's to refuse
        if differ(beside[place], single, digits) and not differ(single, single, digits):
            raise ValueError(
                f"{name}: what {module} makes of a point depends on the points beside "
                f"it, {REMEDY}"
            )
    return single


def _output(name, net, X, step):
    """Outputs (n, c) at points."""
    output = imported_torch().cat(list(outputs(name, net, X, step)))
    if output.ndim != 2:
        raise ValueError(
            f"{name}: {type(net.module_).__name__} and its criterion give outputs of "
            f"shape {tuple(output.shape)} at {len(output)} points; (n, c) is expected, "
            "one label a point"
        )
    return output


def _repeated(name, module):
    """One forward pass, which has to give what a second one gives."""

    def step(forward, batch):
        output = forward(batch)
        difference = abs(output - forward(batch)).max()
        if difference > 1e-3 * abs(output).max():
            raise ValueError(
                f"{name}: {module} is random even in evaluation mode, so that no draw "
                "is a function; use nn.Dropout (or it writes into what it is given)"
            )
        return output

    return step
