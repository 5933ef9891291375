"""Every strategy against random: a table of tests, and small multiples."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import run_experiment, to_curves

from skactive.model_selection import compare_curves
from skactive.testing import all_strategies

__all__ = ["RANDOM", "against_random", "as_rst", "every", "every_settings", "problems"]
__all__ += ["readable", "report_every", "run_every", "scores_of", "short"]
__all__ += ["small_multiples"]

RANDOM = "RandomSampling"
INKS = {"wins": "#0072B2", "loses": "#D55E00", "even": "#4d4d4d"}  # Okabe and Ito's
ALPHA = 0.05
ON_PAGE = [
    "score at the end",
    "area less random's",
    "95% interval",
    "runs won",
    "p",
    "p, Holm",
    "against random",
]
ALL_TESTS = [*ON_PAGE[:-1], "Wilcoxon", "likelihood ratio", ON_PAGE[-1]]


def every(task):
    """Texts that describe every strategy for a task, random sampling last."""
    names = [cls.__name__ for cls in all_strategies() if task in cls.tasks]
    if "DoubtWeightedCoreSet" in names:
        names.append("DoubtWeightedCoreSet(beam_width=4)")
    return [*sorted(set(names) - {RANDOM}), RANDOM]


def every_settings(task, few):
    """Settings of an experiment: few strategies at scale smoke, else every one."""
    return {
        "strategies": (few, every(task), every(task)),
        "seeds": (2, 12, 30),
        "rounds": (2, 8, 16),
        "n": 10,
        "candidates": (50, 300, None),
    }


def problems(frame, by="data"):
    """Learning curves by strategy, by data set (where the table has several)."""
    timed = frame.assign(fit_time=np.nan, query_time=np.nan)
    if by not in frame:
        return {"": to_curves(timed)}
    return {
        data: to_curves(rows.drop(columns=by))
        for data, rows in timed.groupby(by, sort=False)
    }


def scores_of(frame):
    """Table of learning curves without times and labels, which take most room."""
    extra = {"fit_time", "query_time", "draw_time", "select_time", "labels"}
    return frame[[name for name in frame if name not in extra]]


def against_random(curves):
    """Table of each strategy's area less random's, best first; see `compare_curves`.

    The area is that under the curve of the main score, in its units. p-values are of
    flipping signs; Holm's correction is for all strategies of the table. The
    likelihood-ratio test is DEIMOS's, and too sure of itself.
    """
    found = compare_curves(curves, baseline=RANDOM, random_state=0).results
    names = {
        "difference": "gain",
        "difference_low": "low",
        "difference_high": "high",
        "n_better": "won",
        "p_sign_flip": "p",
        "p_sign_flip_holm": "p Holm",
        "p_wilcoxon": "p Wilcoxon",
        "p_likelihood_ratio": "p likelihood ratio",
    }
    table = pd.DataFrame({new: found[old] for old, new in names.items()})
    table.index = found["strategy"]
    table["last"] = [main_score(curves[spec])[:, -1].mean() for spec in table.index]
    table["runs"] = len(main_score(curves[RANDOM]))
    return table.sort_values("gain", ascending=False)


def main_score(curve):
    """Scores (runs, rounds) of the first scorer."""
    return next(iter(curve.scores.values()))


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
            "p, Holm": table["p Holm"].map("{:.4f}".format),
            "Wilcoxon": table["p Wilcoxon"].map("{:.1g}".format),
            "likelihood ratio": table["p likelihood ratio"].map("{:.1g}".format),
            "against random": table.apply(verdict, axis=1),
        }
    )


def as_rst(table, columns=ON_PAGE):
    """Rows of the table as the documentation has them."""
    return [", ".join([spec, *row]) for spec, row in readable(table)[columns].T.items()]


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
    ranks = pd.concat([table["gain"].rank() for table in tables.values()], axis=1)
    order = ranks.mean(axis=1).sort_values(ascending=False).index
    figure, axes = grid_of(
        len(found), len(order), (1.2 * len(order) + 0.8, 1.45 * len(found) + 0.6), "row"
    )
    for line, (data, curves) in zip(axes, found.items(), strict=True):
        for ax, spec in zip(line, order, strict=True):
            if spec in curves:
                panel(ax, curves[spec], curves[RANDOM], tables[data].loc[spec])
            else:
                ax.set_visible(False)
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
    colour = INKS[verdict(row)]
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


# ---------------------------------------------------------------------- experiment


def run_every(file, doc, settings, run, argv, draw=small_multiples):
    """Run the experiment of a script; see `run_experiment`."""
    run_experiment(file, doc, settings, run, draw=draw, report=report_every, argv=argv)
