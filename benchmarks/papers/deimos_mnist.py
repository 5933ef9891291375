"""DEIMOS on MNIST, 25 labels at a time: accuracy, and how diverse batches are.

The diversity of a batch is the mean symmetric divergence between what the net that
chose it predicts for its points.
"""

from _driver import run_experiment
from _images import IMAGES, image_curves, load

from skactive.metrics import batch_diversity

FIVE = ["DEIMOS", "BatchBALD", "BALD", "Entropy", "RandomSampling"]
SETTINGS = IMAGES | {
    "strategies": ([FIVE[0], FIVE[-1]], FIVE, FIVE),
    "n": (5, 25, 25),
    "n_initial": (20, 30, 30),
    "rounds": (2, 8, 20),
    "candidates": (40, 1000, 2000),
    "draws": (3, 50, 50),
}


class Diversity:
    """Writes down the diversity of every batch; a callback."""

    def __init__(self, X, folder):
        self.X, self.folder = X, folder
        self.before = {}

    def __call__(self, record):
        """Note the diversity of the newest batch, under the net that chose it."""
        run = record.name, record.split
        if run in self.before:
            strategy, n_before = self.before[run]
            p_bc = strategy.predict_proba(self.X[record.labelled[n_before:]])
            file = self.folder / "_".join(map(str, (*run, record.number)))
            file.write_text(str(batch_diversity(p_bc)))
        self.before[run] = record.strategy, len(record.labelled)


def run(args):
    """Learning curves, with the diversity of batches among the scores."""
    folder = args.checkpoint or args.out
    folder = folder / "diversity"
    folder.mkdir(parents=True, exist_ok=True)
    frame = image_curves(args, callbacks=Diversity(load(args)[0].X, folder))
    keys = zip(frame["strategy"], frame["split"], frame["round"], strict=True)
    frame["diversity"] = [noted(folder, key) for key in keys]
    return frame


def noted(folder, key):
    """What was noted of a batch; the initial labels are none."""
    file = folder / "_".join(map(str, key))
    return float(file.read_text()) if key[-1] else None


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, run, argv=argv)


if __name__ == "__main__":
    main()
