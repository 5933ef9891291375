"""Pools divided into parts: one in memory, several on a cluster; layer 1."""

from skactive.distributed._objective import objective_over
from skactive.distributed._parts import Parts
from skactive.distributed._pool import Pool, as_pool, is_distributed

__all__ = ["Parts", "Pool", "as_pool", "is_distributed", "objective_over"]
