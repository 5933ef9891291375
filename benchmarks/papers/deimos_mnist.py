"""DEIMOS on MNIST, 25 labels at a time: accuracy, and diversity of batches.

The diversity of a batch is the mean symmetric divergence between the predictions at
its points, by the net that selected it.
"""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves, load
from _settings import ByScale

from skactive.metrics import batch_diversity

FIVE = ("DEIMOS", "BatchBALD", "BALD", "Entropy", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Batches of 25."""

    strategies: tuple[str, ...] = ByScale((FIVE[0], FIVE[-1]), FIVE, FIVE)
    n: int = ByScale(5, 25, 25)
    n_initial: int | None = ByScale(20, 30, 30)
    rounds: int = ByScale(2, 8, 20)
    candidates: int | None = ByScale(40, 1000, 2000)
    draws: int = ByScale(3, 50, 50)


class Diversity:
    """Callback that writes the diversity of every batch to a file.

    It uses a file because runs may be in several processes.
    """

    def __init__(self, X, folder):
        self.X, self.folder = X, folder
        self.before = {}

    def __call__(self, record):
        """Write the diversity of the newest batch, by the net that selected it."""
        run = record.name, record.split
        if run in self.before:
            strategy, n_before = self.before[run]
            p_bc = strategy.predict_proba(self.X[record.labelled[n_before:]])
            file = self.folder / "_".join(map(str, (*run, record.number)))
            file.write_text(str(batch_diversity(p_bc)))
        self.before[run] = record.strategy, len(record.labelled)


def run(settings):
    """Learning curves, with the diversity of batches among the scores."""
    folder = settings.checkpoint or settings.out
    folder = folder / "diversity"
    folder.mkdir(parents=True, exist_ok=True)
    frame = image_curves(settings, callbacks=Diversity(load(settings)[0].X, folder))
    keys = zip(frame["strategy"], frame["split"], frame["round"], strict=True)
    frame["diversity"] = [diversity_of(folder, key) for key in keys]
    return frame


def diversity_of(folder, key):
    """Diversity of a batch; NaN for the initial labels, which are not a batch."""
    file = folder / "_".join(map(str, key))
    return float(file.read_text()) if key[-1] else None


main = Experiment(__file__, __doc__, Settings, run).main

if __name__ == "__main__":
    main()
