"""Labels to reach 90% of MNIST with more and more noisy copies of every image.

BatchBALD's figure 2 (three copies), 10 (one, two, three and five) and 11 (variation
ratios and mean standard deviation), and ICAL's figure 3 (right): in batches, measures
of single points select copies. At scale quick there are one and three copies of 1,000
images, and a query looks at all of them: few random points of a large pool would hardly
contain two copies of one image.
"""

from dataclasses import dataclass

import pandas as pd
from _curves import draw_each, report_each, run_each, to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves
from _published import labels_to
from _settings import ByScale

FIVE = ("BatchBALD", "BALD", "VariationRatios", "MeanSD", "RandomSampling")
MORE = ("ICAL", "BalancedEntropy", "BADGE", "FASS", "ACSFW", "Entropy")
# appendix D: labels to 90%, by the number of copies
PAPER = {
    "BatchBALD": {1: 100, 2: 100, 3: 100, 5: 100},
    "BALD": {1: 120, 2: 160, 3: 280, 5: 300},
}


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Copies, and fewer draws; ``copies`` counts the image itself."""

    strategies: tuple[str, ...] = ByScale(
        FIVE[1::3], FIVE, (*FIVE[:-1], *MORE, FIVE[-1])
    )
    images: int | None = ByScale(300, 1000, None)
    copies: tuple[int, ...] = ByScale((1, 3), (1, 3), (1, 2, 3, 5))
    candidates: int | None = ByScale(40, None, None)
    noise: float = 0.1
    rounds: int = ByScale(1, 16, 30)
    steps: int = ByScale(2, 20, 64)
    test: int | None = ByScale(50, 1000, None)
    targets: tuple[float, ...] = (0.9,)
    draws: int = ByScale(3, 10, 10)  # BatchBALD's; ICAL takes 50
    epochs: int = ByScale(1, 30, 40)
    valid: int = ByScale(50, 256, 3072)


def run(settings):
    """Learning curves for each number of copies."""
    return run_each(settings, "copies", image_curves)


def beside(frame, settings):
    """Labels to 90% for each number of copies, and the paper's."""
    found = {}
    for copies, rows in frame.groupby("copies", sort=False):
        paper = {spec: {0.9: of.get(copies, "")} for spec, of in PAPER.items()}
        curves = to_curves(rows.drop(columns="copies"))
        found[copies] = labels_to(curves, (0.9,), paper)
    return pd.concat(found, names=["copies", "strategy"]).reset_index("copies")


main = Experiment(
    __file__, __doc__, Settings, run, report_each("copies"), draw_each("copies")
).main

if __name__ == "__main__":
    main()
