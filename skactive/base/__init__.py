"""Base classes of query strategies; layer 4."""

from skactive.base._labelled import LabelledStrategy
from skactive.base._pointwise import PointwiseStrategy
from skactive.base._strategy import QueryStrategy

__all__ = ["LabelledStrategy", "PointwiseStrategy", "QueryStrategy"]
