"""Every strategy against random: a table of tests, and small multiples."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import to_curves
from scipy.stats import bootstrap, permutation_test

from skactive.metrics import area_under_curve
from skactive.testing import all_strategies

__all__ = ["RANDOM", "every", "report_every", "small_multiples"]

RANDOM = "RandomSampling"
WINS, LOSES, NEITHER = "#0072B2", "#D55E00", "#4d4d4d"  # Okabe and Ito's, and grey
ALPHA = 0.05


def every(task):
    """Texts that describe every strategy for a task, random sampling last."""
    names = [cls.__name__ for cls in all_strategies() if task in cls.tasks]
    if "DoubtWeightedCoreSet" in names:
        names.append("DoubtWeightedCoreSet(beam_width=4)")
    return [*sorted(set(names) - {RANDOM}), RANDOM]


def problems(frame):
    """Learning curves by strategy, by data set (where the table has several)."""
    if "data" not in frame:
        return {"": to_curves(frame)}
    return {
        data: to_curves(rows.drop(columns="data"))
        for data, rows in frame.groupby("data", sort=False)
    }


def against_random(curves):
    """Table of each strategy's area less random's: interval, runs won, tests.

    The area is that under the curve of the main score, in its units; its difference is
    paired, run by run. The interval is a bootstrap's, over runs; p is that of flipping
    signs, exact, and Holm's correction is for all strategies of the table.
    """
    rows = {}
    for spec, curve in curves.items():
        if spec != RANDOM:
            gain = area(curve) - area(curves[RANDOM])
            low, high = interval(gain)
            rows[spec] = {
                "last": main_score(curve)[:, -1].mean(),
                "gain": gain.mean(),
                "low": low,
                "high": high,
                "won": int((gain > 0).sum()),
                "runs": len(gain),
                "p": sign_flip(gain),
            }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table["p Holm"] = holm(table["p"].to_numpy())
    return table.sort_values("gain", ascending=False)


def main_score(curve):
    """Scores (runs, rounds) of the first scorer."""
    return next(iter(curve.scores.values()))


def area(curve):
    """Area under each run's curve of the main score."""
    return area_under_curve(curve.n_labels, main_score(curve))


def interval(gain):
    """Interval of the mean, by the percentiles of a bootstrap over runs."""
    if np.ptp(gain) == 0:
        return gain[0], gain[0]
    rng = np.random.default_rng(0)
    found = bootstrap((gain,), np.mean, method="percentile", rng=rng)
    return found.confidence_interval


def sign_flip(gain):
    """Probability of so large a mean, either way, if signs were a matter of chance."""
    found = permutation_test(
        (gain,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2 ** min(len(gain), 16),
        rng=np.random.default_rng(0),
    )
    return found.pvalue


def holm(p):
    """Holm's step-down correction."""
    order = np.argsort(p)
    steps = p[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def verdict(row):
    """Whether a strategy wins or loses, after the correction."""
    if row["p Holm"] >= ALPHA:
        return "even"
    return "wins" if row["gain"] > 0 else "loses"


def report_every(frame, args):
    """Tables of all problems, as text."""
    return "\n\n".join(
        f"{data}\n{readable(against_random(curves)).to_string()}".strip("\n")
        for data, curves in problems(frame).items()
    )


def readable(table):
    """Numbers of the table in the form in which they are read."""
    return pd.DataFrame(
        {
            "score at the end": table["last"].map("{:.3f}".format),
            "area less random's": table["gain"].map("{:+.4f}".format),
            "95% interval": [
                f"{low:+.4f} to {high:+.4f}"
                for low, high in zip(table["low"], table["high"], strict=True)
            ],
            "runs won": [
                f"{won} of {runs}"
                for won, runs in zip(table["won"], table["runs"], strict=True)
            ],
            "p": table["p"].map("{:.4f}".format),
            "p, Holm": table["p Holm"].map("{:.3f}".format),
            "against random": table.apply(verdict, axis=1),
        }
    )


# ------------------------------------------------------------------------- figure


def small_multiples(frame, args, columns=7):
    """A panel a strategy: its curve, and random's in grey."""
    found = problems(frame)
    if len(found) == 1:
        return one_problem(next(iter(found.values())), columns)
    return several_problems(found)


def one_problem(curves, columns):
    """Panels of one problem, in rows, best first."""
    table = against_random(curves)
    columns = min(columns, len(table))
    lines = -(-len(table) // columns)
    size = (1.75 * columns + 0.6, 1.55 * lines + 0.5)
    figure, axes = grid_of(lines, columns, size)
    for ax, spec in zip(axes.flat, table.index, strict=False):
        panel(ax, curves[spec], curves[RANDOM], table.loc[spec])
        ax.set_title(short(spec), fontsize=7.5, loc="left", pad=2)
    for ax in axes.flat[len(table) :]:
        ax.set_visible(False)
    label(figure, next(iter(curves[RANDOM].scores)))
    return figure


def several_problems(found):
    """Problems in rows, strategies in columns; best at the first problem first."""
    tables = {data: against_random(curves) for data, curves in found.items()}
    order = sum(table["gain"].rank() for table in tables.values())
    order = order.sort_values(ascending=False).index
    figure, axes = grid_of(
        len(found), len(order), (1.2 * len(order) + 0.8, 1.45 * len(found) + 0.6), "row"
    )
    for line, (data, curves) in zip(axes, found.items(), strict=True):
        for ax, spec in zip(line, order, strict=True):
            panel(ax, curves[spec], curves[RANDOM], tables[data].loc[spec])
        line[0].set_ylabel(data, fontsize=8)
    for ax, spec in zip(axes[0], order, strict=True):
        ax.set_title(short(spec), fontsize=7.5, loc="left", pad=2)
    label(figure, next(iter(next(iter(found.values()))[RANDOM].scores)))
    return figure


def grid_of(lines, columns, size, share="all"):
    """Figure with panels of common axes."""
    return plt.subplots(
        lines,
        columns,
        figsize=size,
        sharex=True,
        sharey=share,
        squeeze=False,
        layout="constrained",
    )


def panel(ax, curve, random, row):
    """One strategy's curve over random's, in the colour of the verdict."""
    colours = {"wins": WINS, "loses": LOSES, "even": NEITHER}
    colour = colours[verdict(row)]
    for shown, ink, band in ((random, "#9a9a9a", 0.35), (curve, colour, 0.2)):
        low, median, high = np.quantile(main_score(shown), [0.25, 0.5, 0.75], axis=0)
        dash = "--" if shown is random else "-"
        ax.fill_between(shown.n_labels, low, high, color=ink, alpha=band, lw=0)
        ax.plot(shown.n_labels, median, color=ink, lw=1.2, ls=dash)
    place = {"ha": "right", "va": "bottom", "transform": ax.transAxes}
    ax.text(0.97, 0.05, f"{row['gain']:+.3f}", color=colour, fontsize=7.5, **place)
    ax.tick_params(labelsize=6.5, length=2)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(x=0)


def short(spec):
    """Name of a strategy, short enough for a panel."""
    return spec.replace("(beam_width=4)", ", beam 4").replace("DoubtWeighted", "Doubt.")


def label(figure, score):
    """Common names of the axes, and what the colours say."""
    figure.supxlabel(
        "labels; grey: random; blue: above random, orange: below "
        f"(sign flips, Holm, {ALPHA:g}); number: difference of areas",
        fontsize=8,
    )
    figure.supylabel(score.replace("_", " "), fontsize=8)
