"""ICAL on MNIST: points added at a time (L) against quality and time.

ICAL's figures 8 to 10, and its pointwise form: at ICAL's settings (figure 2), and at
about its cost (figure 7). The paper does not say which settings cost the same: here
they are five points at a time and 50 condensed points, which took about as long as ICAL
in a trial on random features. The table has the seconds of every batch.
"""

from dataclasses import dataclass

from _curves import panels, report_curves, to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves
from _published import at_the_end
from _settings import ByScale

from skactive.metrics import area_under_curve
from skactive.plotting import LearningCurveDisplay

AT_EQUAL_COST = "ICALPointwise(n_per_step=5, n_condense=50)"
FORMS = ("ICAL", AT_EQUAL_COST, "ICALPointwise", "RandomSampling")
MORE = (
    *("ICAL(n_per_step=2)", "ICAL(n_per_step=5)", "ICAL(n_per_step=10)"),
    "ICALPointwise(n_per_step=5)",
)


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Forms of ICAL."""

    strategies: tuple[str, ...] = ByScale(
        FORMS[1:], FORMS, (*FORMS[:-1], *MORE, FORMS[-1])
    )
    draws: int = ByScale(3, 50, 50)


def seconds(frame):
    """Median seconds to select a batch, without draws, by strategy."""
    return frame.groupby("strategy", sort=False)["select_time"].median()


def beside(frame, settings):
    """Seconds to select a batch, and scores in the end."""
    times = seconds(frame).map("{:.3f}".format)
    return at_the_end(to_curves(frame)).assign(**{"seconds to select": times})


def report(frame, settings):
    """Both; and the learning curves."""
    both = beside(frame, settings).to_string()
    return f"{both}\n\n{report_curves(frame, settings)}"


def draw(frame, settings):
    """Accuracy; and its mean over the curve against seconds to select a batch."""
    curves, times = to_curves(frame), seconds(frame)
    figure, axes = panels(1, 2)
    left, right = axes[0]
    lines = LearningCurveDisplay.from_results(curves, ax=left).lines_
    for (spec, curve), line in zip(curves.items(), lines, strict=True):
        area = area_under_curve(curve.n_labels, curve.scores["accuracy"])
        at, colour = (times[spec], area.mean()), line.get_color()
        right.errorbar(*at, yerr=area.std(), fmt="o", color=colour)
        place = {"xytext": (6, 4), "textcoords": "offset points"}
        text = spec.replace("(", "\n(")  # parameters on a line of their own
        right.annotate(text, at, **place, color=colour, fontsize=8)
    right.set(
        xscale="log",
        xlabel="seconds to select a batch, without draws",
        ylabel="mean accuracy over the curve, ± sd of runs",
    )
    right.margins(x=0.35)
    right.spines[["top", "right"]].set_visible(False)
    return figure


main = Experiment(__file__, __doc__, Settings, image_curves, report, draw).main

if __name__ == "__main__":
    main()
