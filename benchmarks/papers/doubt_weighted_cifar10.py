"""Doubt-weighted core-sets on CIFAR-10, with and without a beam.

The paper's ablation: from 1,000 labels, 400 at a time, beams of 1 and 20. Its main
experiment: ``--n 5000 --n-initial 5000 --rounds 5`` with a beam of 10. There a VGG-16;
here a ResNet-18.
"""

from _driver import run_experiment
from _photos import PHOTOS, photo_curves

THREE = ["DoubtWeightedCoreSet", "CoreSet", "RandomSampling"]
BEAM = "DoubtWeightedCoreSet(beam_width={})"
SETTINGS = PHOTOS | {
    "strategies": (
        THREE[::2],
        [BEAM.format(4), *THREE],
        [BEAM.format(20), "LeastConfidence", *THREE],
    ),
    "n": (10, 400, 400),
    "n_initial": (20, 1000, 1000),
    "rounds": (1, 3, 10),
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, photo_curves, argv=argv)


if __name__ == "__main__":
    main()
