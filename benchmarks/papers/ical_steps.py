"""ICAL on MNIST: points added at a time (L) against quality and time.

ICAL's figures 8 to 10, and its pointwise form (figures 2 and 7).
"""

from dataclasses import dataclass

import numpy as np
from _curves import panels, to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale

from skactive.metrics import area_under_curve
from skactive.plotting import LearningCurveDisplay

FORMS = ("ICAL", "ICAL(n_per_step=5)", "ICALPointwise", "RandomSampling")
MORE = ("ICAL(n_per_step=2)", "ICAL(n_per_step=10)", "ICALPointwise(n_per_step=5)")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Forms of ICAL."""

    strategies: tuple[str, ...] = ByScale(
        FORMS[1:], FORMS, (*FORMS[:-1], *MORE, FORMS[-1])
    )
    draws: int = ByScale(3, 50, 50)


def draw(frame, settings):
    """Accuracy; and its mean over the curve against seconds to select a batch."""
    curves = to_curves(frame)
    figure, axes = panels(1, 2)
    left, right = axes[0]
    lines = LearningCurveDisplay.from_results(curves, ax=left).lines_
    for (spec, curve), line in zip(curves.items(), lines, strict=True):
        area = area_under_curve(curve.n_labels, curve.scores["accuracy"])
        times = frame.loc[frame["strategy"] == spec, "select_time"]
        at, colour = (np.nanmedian(times), area.mean()), line.get_color()
        right.errorbar(*at, yerr=area.std(), fmt="o", color=colour)
        place = {"xytext": (6, 4), "textcoords": "offset points"}
        right.annotate(spec, at, **place, color=colour, fontsize=8)
    right.set(
        xscale="log",
        xlabel="seconds to select a batch, without draws",
        ylabel="mean accuracy over the curve, ± sd of runs",
    )
    right.margins(x=0.35)
    right.spines[["top", "right"]].set_visible(False)
    return figure


main = Experiment(__file__, __doc__, Settings, image_curves, draw=draw).main

if __name__ == "__main__":
    main()
