"""Set functions and the searches that maximise them; layer 1.

A set function is an acquisition function of sets of points; a search selects points by
their marginal gains. States are immutable: ``add`` returns a new state and leaves the
old one unchanged, so that a search may keep several.
"""

from skactive.selection._bare import as_set_function
from skactive.selection._beam import beam
from skactive.selection._gains_along import gains_along
from skactive.selection._greedy import greedy
from skactive.selection._lazy_greedy import lazy_greedy
from skactive.selection._restricted import Restricted
from skactive.selection._rules import best, proportional
from skactive.selection._scores import Scores
from skactive.selection._set_function import DivisibleSetFunction, SetFunction
from skactive.selection._terms import Terms
from skactive.selection._top import top, top_of

__all__ = [
    "DivisibleSetFunction",
    "Restricted",
    "Scores",
    "SetFunction",
    "Terms",
    "as_set_function",
    "beam",
    "best",
    "gains_along",
    "greedy",
    "lazy_greedy",
    "proportional",
    "top",
    "top_of",
]
