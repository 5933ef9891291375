"""Loaders and generators of the data sets in benchmarks and examples; layer 0."""

from skactive.datasets._images import (
    load_cifar10,
    load_digits_images,
    load_mnist,
    make_repeated,
)
from skactive.datasets._survey import load_survey
from skactive.datasets._tables import load_satimage, load_uci
from skactive.datasets._toys import make_clusters, make_quadrants, make_three_moons

__all__ = [
    "load_cifar10",
    "load_digits_images",
    "load_mnist",
    "load_satimage",
    "load_survey",
    "load_uci",
    "make_clusters",
    "make_quadrants",
    "make_repeated",
    "make_three_moons",
]
