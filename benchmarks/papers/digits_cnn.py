"""Every strategy on digits with a small convolutional net, against random sampling.

As `digits_forest`, in fewer rounds: the net is trained from scratch in each. Its draws
are those of dropout.
"""

from dataclasses import dataclass

from _curves import run_curves
from _driver import Experiment
from _every import report_every, scores_of, small_multiples
from _nearby import models
from _settings import ByScale
from digits_forest import SCORING, DigitsSettings, digits_task

from skactive.datasets import load_digits_images


@dataclass(frozen=True)
class Settings(DigitsSettings):
    """The net, and fewer rounds."""

    rounds: int = ByScale(1, 5, 16)
    draws: int = ByScale(4, 50, 100)
    epochs: int = ByScale(1, 10, 10)
    device: str = "cpu"


def run(settings):
    """Learning curves of all strategies."""
    net = models().digits_sampler(settings.draws, settings.device)
    net = net.set_params(estimator__max_epochs=settings.epochs)
    task = digits_task(settings, *load_digits_images())
    return scores_of(run_curves(settings, task, net, SCORING))


main = Experiment(__file__, __doc__, Settings, run, report_every, small_multiples).main

if __name__ == "__main__":
    main()
