"""torch where somebody has imported it already, and the chance that it shares; layer 0.

``import skactive`` does not import torch. What works on tensors and nets finds it
imported: a tensor exists.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["check_device", "imported_torch", "torch_seed"]

# torch has one generator a process: what seeds it takes turns. A thread may enter
# again, a sampler's fit within a strategy's within a sampler's.
_TURN = threading.RLock()


def imported_torch() -> Any:
    """Return torch, if anybody has imported it; else None."""
    return sys.modules.get("torch")


@contextlib.contextmanager
def torch_seed(seed: int | None) -> Iterator[None]:
    """Run a block under a seed of torch's own, and give the global one back.

    Threads take turns, those without a seed too: they would use up the chance of one
    that has. Does nothing where nobody has imported torch: then no net can be at work.
    """
    torch = imported_torch()
    if torch is None:
        yield
        return
    with _TURN:
        if seed is None:
            yield
            return
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield


def check_device(where: Any) -> None:
    """Raise ``ValueError`` where torch knows no device of that name.

    Whether this machine has one is for the query to find: it may run on another.
    """
    if where is None or where == "numpy":
        return
    import torch

    try:
        torch.device(where)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"device={where!r} is no place for draws: give None, 'numpy', or a device "
            "that torch knows, such as 'cpu', 'cuda' or 'cuda:1'"
        ) from error
