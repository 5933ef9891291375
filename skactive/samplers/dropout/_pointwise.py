"""Check that a net's output at a point is deterministic and pointwise; layer 3."""

from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._draws import outputs
from skactive.samplers.dropout._thinning import differ

__all__ = ["check_pointwise"]

REMEDY = (
    "so a draw is not a function; no layer may combine points (axis 0) in evaluation "
    "mode, as BatchNorm does with track_running_stats=False"
)


def check_pointwise(name, net, few, alone):
    """Raise ``ValueError`` if a net is random, or its outputs depend on other points.

    Parameters
    ----------
    name : str
        Name of the sampler in error messages.
    net : NeuralNet
        A private copy of the net.
    few : array-like of m points
        Points to be evaluated together.
    alone : dict of int to array-like of 1 point
        Some of these points by their index, to be evaluated alone.

    Returns
    -------
    tensor of shape (1, c)
        Output at one of the points.
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
                f"{name}: {module} fails for a single point ({said}), {REMEDY}"
            ) from error
        # agreeing digits of deep nets in single precision; fewer on a GPU with TF32
        digits = 0.4 if single.device.type == "cpu" else 0.25
        # NaN differs from itself; the query reports it
        if differ(beside[place], single, digits) and not differ(single, single, digits):
            raise ValueError(
                f"{name}: the output of {module} at a point depends on the other "
                f"points in its batch, {REMEDY}"
            )
    return single


def _output(name, net, X, step):
    """Outputs of a net at points: (n, c)."""
    output = imported_torch().cat(list(outputs(name, net, X, step)))
    if output.ndim != 2:
        raise ValueError(
            f"{name}: the outputs of {type(net.module_).__name__} and its criterion "
            f"have shape {tuple(output.shape)} for {len(output)} points, but (n, c) "
            "is expected, with one label per point"
        )
    return output


def _repeated(name, module):
    """Make a forward pass that checks itself against a second one."""

    def step(forward, batch):
        output = forward(batch)
        difference = abs(output - forward(batch)).max()
        # rounding errors are far smaller than this, effects of dropout far larger
        if difference > 1e-3 * abs(output).max():
            raise ValueError(
                f"{name}: {module} is random even in evaluation mode, so a draw is "
                "not a function; use nn.Dropout (or it modifies its input in place)"
            )
        return output

    return step
