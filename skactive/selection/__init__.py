"""Set functions and the searches over them; layer 1."""

from skactive.selection._beam import beam
from skactive.selection._search import (
    best,
    greedy,
    lazy_greedy,
    proportional,
    top,
    top_of,
)
from skactive.selection._set_function import (
    Restricted,
    Scores,
    SetFunction,
    gains_along,
)

__all__ = [
    "Restricted",
    "Scores",
    "SetFunction",
    "beam",
    "best",
    "gains_along",
    "greedy",
    "lazy_greedy",
    "proportional",
    "top",
    "top_of",
]
