"""Checks for strategies, samplers and objectives, including your own.

Layer 7. Each check is a function that raises ``AssertionError`` if it fails, with a
message that begins with the name of the check. `check_strategy`, `check_sampler` and
`check_set_function` run all of them.
"""

from skactive.testing._public import all_samplers, all_strategies, make_data
from skactive.testing._sampler import check_sampler
from skactive.testing._set_function import check_set_function
from skactive.testing._strategy import check_strategy

__all__ = [
    "all_samplers",
    "all_strategies",
    "check_sampler",
    "check_set_function",
    "check_strategy",
    "make_data",
]
