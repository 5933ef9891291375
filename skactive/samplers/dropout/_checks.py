"""Checks of nets and their inputs, with remedies in the messages; layer 3."""

import contextlib

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.torch import imported_torch

__all__ = [
    "check_called",
    "check_hidden",
    "check_input",
    "check_labels",
    "check_random",
    "dtypes_named",
    "hidden_dropout",
    "label_fault",
]

# words in torch's error messages about dtypes
OF_DTYPES = ("dtype", "scalar type", "Input type", "not implemented for")


def check_input(name, X):
    """Raise ``TypeError`` for several inputs in a container without rows."""
    from skorch.helper import SliceDict

    if isinstance(X, dict | tuple) and not isinstance(X, SliceDict):
        kind = "dictionary" if isinstance(X, dict) else "tuple"
        raise TypeError(
            f"{name}: the rows of a {kind} of inputs cannot be taken; pass "
            "skorch.helper.SliceDict(name=array, ...), with the names of the arguments "
            "of forward, to fit and query"
        )


def check_labels(name, y, criterion, n_labels=np.inf):
    """Raise ``ValueError`` for labels that do not match the outputs of a net."""
    labels = np.unique(to_numpy(y))
    whole = labels.dtype.kind in "iufb" and not (labels % 1 != 0).any()
    if not whole or (labels < 0).any() or (labels >= n_labels).any():
        raise ValueError(label_fault(name, y))
    criterion = getattr(criterion, "__name__", "")
    if "BCE" in criterion and labels.dtype.kind != "f":
        raise ValueError(
            f"{name} uses {criterion}, which needs labels of the same dtype as the "
            f"probabilities, but they are {labels.dtype}; pass y.astype('float32')"
        )


def label_fault(name, y):
    """Error message for labels that do not match the outputs of a net."""
    return (
        f"{name} needs labels 0..c-1, where c is the width of the net's output, but "
        f"the labels are {np.unique(to_numpy(y))}. A net does not encode labels; use "
        "sklearn.preprocessing.LabelEncoder"
    )


def hidden_dropout(module):
    """Yield (name, layer) of layers that apply dropout as a function inside."""
    nn = imported_torch().nn
    for place, layer in module.named_modules():
        recurrent = isinstance(layer, nn.RNNBase) and layer.num_layers > 1
        if (recurrent or isinstance(layer, nn.MultiheadAttention)) and layer.dropout:
            yield place, layer


def check_hidden(name, module):
    """Raise ``ValueError`` for layers whose inner dropout masks cannot be fixed.

    Those of torch's own layers can be, see ``_revealed``; those of a subclass with its
    own forward pass cannot, as it may use dropout in any way.
    """
    nn = imported_torch().nn
    for place, layer in hidden_dropout(module):
        kinds = (nn.LSTM, nn.GRU, nn.RNN, nn.MultiheadAttention)
        if not any(type(layer).forward is kind.forward for kind in kinds):
            raise ValueError(
                f"{name}: {type(layer).__name__} {place!r} has "
                f"dropout={layer.dropout} inside and its own forward pass, so its "
                "masks cannot be fixed for a draw; set its dropout to 0 in the "
                "module, and apply nn.Dropout around it"
            )


def check_called(name, module, functions):
    """Raise ``ValueError`` for dropout that is a function called in ``forward``."""
    if functions:
        raise ValueError(
            f"{name}: {type(module).__name__} drops units by {', '.join(functions)}, "
            "a function, whose masks cannot be fixed for a draw; use nn.Dropout, or "
            "LaplaceSampler(net)"
        )


def check_random(name, module, n_layers, n_draws):
    """Raise ``ValueError`` if all draws would be the same."""
    if not n_layers:
        raise ValueError(
            f"{name}: {type(module).__name__} has no active dropout layer, so all "
            "draws would be the same; add an nn.Dropout with p > 0 (F.dropout cannot "
            "be seen), or use LaplaceSampler(net)"
        )
    if n_draws < 2:
        raise ValueError(
            f"{name} has n_draws={n_draws}, but a single draw cannot disagree with "
            "itself; use two or more"
        )


@contextlib.contextmanager
def dtypes_named(name, find_net, X, y=None):
    """Turn torch's errors about dtypes into ones that say which array to convert."""
    try:
        yield
    except RuntimeError as error:
        if not any(words in str(error) for words in OF_DTYPES):
            raise
        # None if the net is not initialized yet
        module = vars(find_net()).get("module_")
        remedies = [_of_points(X, module) if module else "", _of_labels(y)]
        if not any(remedies):
            raise
        said = str(error).partition("\n")[0]
        remedy = "; ".join(filter(None, remedies))
        raise ValueError(f"{name}: {remedy} (torch: {said})") from error


def _of_points(X, module):
    dtype = next((str(p.dtype) for p in module.parameters()), "torch.float32")
    dtype = dtype.removeprefix("torch.")
    given = _dtype_of(X)
    if given in ("", dtype):
        return ""
    to = "X.to(torch.bfloat16)" if dtype == "bfloat16" else f"X.astype('{dtype}')"
    return f"X is {given}, but {type(module).__name__} is {dtype}; pass {to}"


def _of_labels(y):
    given = _dtype_of(y)
    if given in ("", "int64", "float32"):
        return ""
    dtype = "float32" if given.startswith("float") else "int64"
    return f"y is {given}, which the loss does not accept; pass y.astype('{dtype}')"


def _dtype_of(array):
    """Name of the dtype of an array; "" for anything else."""
    return str(getattr(array, "dtype", "")).removeprefix("torch.")
