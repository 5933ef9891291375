"""Compare every strategy with random sampling: a table of tests, and a figure."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _curves import TIMES, panels, to_curves
from _settings import ByScale, CurveSettings

from skactive.model_selection import compare_curves
from skactive.testing import all_strategies

__all__ = ["RANDOM", "EverySettings", "against_random", "every", "problems"]
__all__ += ["readable", "report_every", "scores_of", "short", "small_multiples"]

RANDOM = "RandomSampling"
INKS = {"wins": "#0072B2", "loses": "#D55E00"}  # Okabe and Ito's
INKS |= dict.fromkeys(["not significant", "too few runs"], "#4d4d4d")
ALPHA = 0.05
TESTS = {
    "against random": "p Holm",
    "by Wilcoxon": "p Wilcoxon Holm",
    "by likelihood ratio": "p likelihood ratio Holm",
}
SHORT = {
    "DoubtWeighted": "Doubt.",
    "(beam_width=4)": ", beam 4",
    "(batch='greedy', max_configurations=20, n_reference=50)": ", greedy",
    "(batch_kernel='joint')": ", joint",
    "(kernel='ball')": ", balls",
}


@dataclass(frozen=True, kw_only=True)
class EverySettings(CurveSettings):
    """Runs and rounds of an experiment with every strategy."""

    seeds: int = ByScale(2, 12, 30)
    rounds: int = ByScale(2, 8, 16)
    candidates: int | None = ByScale(50, 300, None)


def every(task, *few, more=(), without=()):
    """Strategies by scale: few at smoke, else all of a task; random sampling last.

    With `more` settings of some, and `without` those that take too long.
    """
    names = {cls.__name__ for cls in all_strategies() if task in cls.tasks}
    if "DoubtWeightedCoreSet" in names:
        names.add("DoubtWeightedCoreSet(beam_width=4)")
    every_one = (*sorted((names | {*more}) - {RANDOM, *without}), RANDOM)
    return ByScale(few, every_one, every_one)


def problems(frame, by="data"):
    """Learning curves by strategy, for each data set if the table has several."""
    timed = frame.assign(fit_time=np.nan, query_time=np.nan)
    if by not in frame:
        return {"": to_curves(timed)}
    return {
        data: to_curves(rows.drop(columns=by))
        for data, rows in timed.groupby(by, sort=False)
    }


def scores_of(frame):
    """Table of learning curves without times and labels, which are most of it."""
    return frame[[name for name in frame if name not in (*TIMES, "labels")]]


def against_random(curves):
    """Difference of each strategy's area to that of random sampling, best first.

    The area is that under the curve of the main score, in the units of the score.
    P-values are those of the sign-flip test of `compare_curves`, corrected by Holm's
    method for all strategies of the table. The likelihood-ratio test is that of the
    DEIMOS paper, which finds too many differences.
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
        "p_wilcoxon_holm": "p Wilcoxon Holm",
        "p_likelihood_ratio": "p likelihood ratio",
        "p_likelihood_ratio_holm": "p likelihood ratio Holm",
    }
    table = pd.DataFrame({new: found[old] for old, new in names.items()})
    table.index = found["strategy"]
    table["last"] = [main_score(curves[spec])[:, -1].mean() for spec in table.index]
    table["runs"] = len(main_score(curves[RANDOM]))
    # of all differences of one sign, and Holm's correction
    table["least p"] = len(table) * 2.0 ** (1 - table["runs"])
    return best_first(table)


def best_first(table):
    """The table by gain, largest first; equal strategies in the order of their names.

    Plain sorting places equal ones as the processor likes, and sums of the same scores
    differ by rounding from one version of pandas to the next.
    """
    return table.sort_index().sort_values(
        "gain", ascending=False, kind="stable", key=lambda gain: gain.round(9)
    )


def main_score(curve):
    """Scores (runs, rounds) of the first scorer."""
    return next(iter(curve.scores.values()))


def verdict(row, p="p Holm"):
    """Whether a strategy wins or loses, by a test after the correction."""
    if row[p] < ALPHA:
        return "wins" if row["gain"] > 0 else "loses"
    return "too few runs" if row["least p"] >= ALPHA else "not significant"


def report_every(frame, settings):
    """Table of each problem, as text."""
    return "\n\n".join(
        f"{data}\n{readable(against_random(curves)).to_string()}".strip("\n")
        for data, curves in problems(frame).items()
    )


def readable(table):
    """The table as it is printed, numbers as text, verdicts first."""
    return pd.DataFrame(
        {
            **{name: table.apply(verdict, axis=1, p=p) for name, p in TESTS.items()},
            "score at the end": table["last"].map("{:.3f}".format),
            "area minus random": table["gain"].map("{:+.4f}".format),
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
        }
    )


# ------------------------------------------------------------------------- figure


def small_multiples(frame, settings, columns=7):
    """Draw a panel per strategy: its curve, and that of random sampling in grey."""
    found = problems(frame)
    if len(found) == 1:
        return one_problem(next(iter(found.values())), columns)
    return several_problems(found)


def one_problem(curves, columns):
    """Panels of one problem, in rows, best first."""
    table = against_random(curves)
    columns = min(columns, len(table))
    figure, axes = grid_of(-(-len(table) // columns), columns, (1.75, 1.55))
    for ax, spec in zip(axes.flat, table.index, strict=False):
        panel(ax, curves[spec], curves[RANDOM], table.loc[spec])
        ax.set_title(short(spec), fontsize=7.5, loc="left", pad=2)
    for ax in axes.flat[len(table) :]:
        ax.set_visible(False)
    label(figure, next(iter(curves[RANDOM].scores)))
    return figure


def several_problems(found):
    """Plot problems in rows and strategies in columns, ordered by mean rank."""
    tables = {data: against_random(curves) for data, curves in found.items()}
    ranks = pd.concat(
        [table["gain"].round(9).rank() for table in tables.values()], axis=1
    )
    order = ranks.mean(axis=1).sort_values(ascending=False, kind="stable").index
    figure, axes = grid_of(len(found), len(order), (1.2, 1.45), sharey="row")
    for row, (data, curves) in zip(axes, found.items(), strict=True):
        for ax, spec in zip(row, order, strict=True):
            if spec in curves:
                panel(ax, curves[spec], curves[RANDOM], tables[data].loc[spec])
            else:
                ax.set_visible(False)
        row[0].set_ylabel(data, fontsize=8)
    for ax, spec in zip(axes[0], order, strict=True):
        ax.set_title(short(spec), fontsize=7.5, loc="left", pad=2)
    label(figure, next(iter(next(iter(found.values()))[RANDOM].scores)))
    return figure


def grid_of(rows, columns, size, sharey="all"):
    """Figure of panels with common axes, and space for the labels of the axes."""
    figure, axes = panels(rows, columns, size, sharex=True, sharey=sharey)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width + 0.7, height + 0.55)
    return figure, axes


def panel(ax, curve, random, row):
    """Draw a curve over that of random sampling, in the colour of the verdict."""
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
    for text, shorter in SHORT.items():
        spec = spec.replace(text, shorter)
    return spec


def label(figure, score):
    """Name the axes, and say what the colours mean."""
    figure.supxlabel(
        "labels; grey: random; blue: above random, orange: below "
        f"(sign flips, Holm, {ALPHA:g}); number: difference of areas",
        fontsize=8,
    )
    figure.supylabel(score.replace("_", " "), fontsize=8)
