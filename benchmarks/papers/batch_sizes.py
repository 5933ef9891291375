"""BALD and BatchBALD on MNIST, in batches of 1, 5, 10 and 40 labels.

BatchBALD's figure 4: BALD gets worse as the batch gets larger.
"""

from dataclasses import dataclass, replace

from _curves import draw_each, report_each, run_each
from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Several batch sizes with the same total number of labels."""

    strategies: tuple[str, ...] = ("BatchBALD", "BALD")
    n: tuple[int, ...] = ByScale((5, 10), (5, 10, 40), (1, 5, 10, 40))
    budget: int = ByScale(30, 100, 260)


def run(settings):
    """Learning curves for each batch size."""
    return run_each(settings, "n", one_size)


def one_size(settings):
    """Learning curves for one batch size, in as many rounds as the budget allows."""
    rounds = (settings.budget - settings.n_initial) // settings.n
    return image_curves(replace(settings, rounds=rounds))


main = Experiment(
    __file__, __doc__, Settings, run, report_each("n"), draw_each("n")
).main

if __name__ == "__main__":
    main()
