"""What a net cannot be given, or cannot be, and what to do about it; layer 3."""

import contextlib

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.torch import imported_torch

__all__ = [
    "check_hidden",
    "check_input",
    "check_labels",
    "check_random",
    "dtypes_named",
    "hidden_dropout",
    "hint",
    "label_fault",
]

# words of torch's errors about types of numbers
OF_DTYPES = ("dtype", "scalar type", "Input type", "not implemented for")


def check_input(name, X):
    """Raise ``TypeError`` for several inputs that no row can be taken of."""
    from skorch.helper import SliceDict

    if isinstance(X, dict | tuple) and not isinstance(X, SliceDict):
        kind = "dictionary" if isinstance(X, dict) else "tuple"
        raise TypeError(
            f"{name}: no rows can be taken of a {kind} of inputs; give "
            "skorch.helper.SliceDict(name=array, ...), by the names of the arguments "
            "of forward, to fit and to query"
        )


def check_labels(name, y, criterion, n_labels=np.inf):
    """Raise ``ValueError`` for labels that are no outputs of a net."""
    labels = np.unique(to_numpy(y))
    whole = labels.dtype.kind in "iufb" and not (labels % 1 != 0).any()
    if not whole or (labels < 0).any() or (labels >= n_labels).any():
        raise ValueError(label_fault(name, y))
    criterion = getattr(criterion, "__name__", "")
    if "BCE" in criterion and labels.dtype.kind != "f":
        raise ValueError(
            f"{name} compares labels with probabilities by {criterion}, and "
            f"{labels.dtype} labels cannot be: give it y.astype('float32')"
        )


def label_fault(name, y):
    """What is wrong with labels that are not those of a net."""
    return (
        f"{name} needs labels 0..c-1, c the width of its output, and was given "
        f"{np.unique(to_numpy(y))}: a net does not encode labels; use "
        "sklearn.preprocessing.LabelEncoder"
    )


def hidden_dropout(module):
    """Yield (place, layer) of layers that drop units by a function inside of them."""
    nn = imported_torch().nn
    for place, layer in module.named_modules():
        recurrent = isinstance(layer, nn.RNNBase) and layer.num_layers > 1
        if (recurrent or isinstance(layer, nn.MultiheadAttention)) and layer.dropout:
            yield place, layer


def check_hidden(name, module):
    """Raise ``ValueError`` for layers whose hidden dropout no draw can fix.

    That of torch's own layers can be: see ``_revealed``. What a class with a forward
    pass of its own does with it nobody knows.
    """
    nn = imported_torch().nn
    for place, layer in hidden_dropout(module):
        kinds = (nn.LSTM, nn.GRU, nn.RNN, nn.MultiheadAttention)
        if not any(type(layer).forward is kind.forward for kind in kinds):
            raise ValueError(
                f"{name}: {type(layer).__name__} {place!r} has "
                f"dropout={layer.dropout} inside of it and a forward pass of its own, "
                "so that no draw can fix it; set its dropout to 0 where the module is "
                "made, and put nn.Dropout around it"
            )


def check_random(name, module, n_layers, n_draws):
    """Raise ``ValueError`` where draws cannot disagree."""
    if not n_layers:
        raise ValueError(
            f"{name}: {type(module).__name__} has no active dropout layer, so that all "
            "draws would be one and the same; put an nn.Dropout with p > 0 in it "
            "(F.dropout is invisible), or use LaplaceSampler(net)"
        )
    if n_draws < 2:
        raise ValueError(
            f"{name} has n_draws={n_draws}, and one draw cannot disagree with itself: "
            "use more"
        )


def hint(net):
    """What to do where the outputs of a net are no probabilities."""
    return (
        f" The module {type(net.module_).__name__} returns something that "
        f"{type(net.criterion_).__name__} does not make a probability: return logits "
        "under CrossEntropyLoss, or probabilities under NLLLoss."
    )


@contextlib.contextmanager
def dtypes_named(name, find_net, X, y=None):
    """Say of torch's errors about types of numbers which array to convert to what."""
    try:
        yield
    except RuntimeError as error:
        if not any(words in str(error) for words in OF_DTYPES):
            raise
        module = vars(find_net()).get("module_")  # if it got as far as that
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
    return f"X is {given} and {type(module).__name__} is {dtype}; give it {to}"


def _of_labels(y):
    given = _dtype_of(y)
    if given in ("", "int64", "float32"):
        return ""
    dtype = "float32" if given.startswith("float") else "int64"
    return f"y is {given}, which the loss does not take; give it y.astype('{dtype}')"


def _dtype_of(array):
    """Name of the type of an array's numbers; "" of anything else."""
    return str(getattr(array, "dtype", "")).removeprefix("torch.")
