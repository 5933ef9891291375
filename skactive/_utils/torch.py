"""Use torch only if it has been imported already, and seed it safely; layer 0.

``import skactive`` does not import torch. Code that handles tensors or nets can rely on
the import: somebody made the tensor.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["check_device", "imported_torch", "torch_seed"]

# torch has one global generator per process, so threads that seed it take turns. The
# lock is reentrant: the fit of a sampler may run inside that of another.
_TURN = threading.RLock()


def imported_torch() -> Any:
    """Return the torch module if it has been imported, else None."""
    return sys.modules.get("torch")


@contextlib.contextmanager
def torch_seed(seed: int | None) -> Iterator[None]:
    """Seed torch within a ``with`` block, and restore its global state afterwards.

    Threads take turns, even those with ``seed=None``: they would otherwise draw from
    the seeded generator of another thread. Does nothing if torch has not been imported,
    as no net can exist then.
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
    """Raise ``ValueError`` if `where` is not the name of a torch device.

    Whether the device exists is only checked by the query, which may run on another
    machine.
    """
    if where is None or where == "numpy":
        return
    import torch

    try:
        torch.device(where)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"device={where!r} is not a device for draws; use None, 'numpy', or a "
            "torch device such as 'cpu', 'cuda' or 'cuda:1'"
        ) from error
