"""Draw how the cost of a query grows, from the table of bench_select alone.

    python benchmarks/speed/growth_figure.py [--table growth.csv] [--out doc/_static]

Rows for the documentation are printed: the cost at the base size, and how many times as
much eight times the points, draws, classes and picks cost.
"""

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "benchmarks" / "results" / "growth.csv"
COLOURS = {"n": "#0072B2", "k": "#D55E00", "c": "#009E73", "b": "#CC79A7"}
MARKERS = {"n": "o", "k": "s", "c": "^", "b": "D"}
NAMES = {"n": "points n", "k": "draws k", "c": "classes c", "b": "picks b"}
GREY, DOTS = "#8a94a0", (0, (1, 2))
COLUMNS = 5
COSTS = {
    "seconds": (1, "CPU time"),
    "bytes": (2**20, "memory above the pool"),
}
UNITS = {
    "seconds": ((1, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "bytes": ((1024, "GiB"), (1, "MiB")),
}


def read(table):
    """Rows of the table: {strategy: {letter: [row]}}, in the order of their names."""
    found = defaultdict(lambda: defaultdict(list))
    with Path(table).open() as file:
        for row in csv.DictReader(file):
            found[row["strategy"]][row["grows"]].append(row)
    return dict(sorted(found.items()))


def as_rst(series, cost):
    """Rows of a table in the documentation, one per strategy."""
    return [", ".join([name, *told(found, cost)]) for name, found in series.items()]


def told(by_letter, cost):
    """Cost at the base size, and growth as far as it was measured, as text."""
    unit = {"seconds": 1e-3, "bytes": 2**20}[cost]
    yield f"{float(by_letter['n'][0][cost]) / unit:.1f}"
    for letter in COLOURS:
        first, last = by_letter[letter][0], by_letter[letter][-1]
        ratio = float(last[cost]) / float(first[cost])
        short = last["factor"] != "8"
        yield f"{ratio:.1f}{short * (' at ' + last['factor'])}"


def with_unit(cost):
    """Format seconds, or MiB, in a unit that fits."""

    def text(value, _):
        fitting = (pair for pair in UNITS[cost] if value >= 0.999 * pair[0])
        size, unit = next(fitting, UNITS[cost][-1])
        return f"{value / size:g} {unit}"

    return FuncFormatter(text)


def draw(series, cost):
    """Draw small multiples, a panel per strategy: cost against the factor of growth."""
    n_rows = -(-len(series) // COLUMNS)
    figure, axes = plt.subplots(
        n_rows,
        COLUMNS,
        sharex=True,
        sharey=True,
        figsize=(10, 1.55 * n_rows + 0.8),
        layout="constrained",
        squeeze=False,
    )
    for ax, (name, by_letter) in zip(axes.flat, series.items(), strict=False):
        draw_panel(ax, by_letter, cost)
        ax.set_title(name, fontsize=9, loc="left", pad=3)
    for ax in axes.flat:
        style(ax, cost)
    hide_unused(axes, len(series))
    explain(figure, next(iter(series.values()))["n"][0], COSTS[cost][1])
    return figure


def draw_panel(ax, by_letter, cost):
    """Cost of one strategy along each letter, and growth in proportion."""
    unit = COSTS[cost][0]
    base = float(by_letter["n"][0][cost]) / unit
    ax.plot([1, 8], [base, 8 * base], color=GREY, lw=0.8, ls=DOTS, zorder=1)
    for letter, rows in by_letter.items():
        ax.plot(
            [float(row["factor"]) for row in rows],
            [float(row[cost]) / unit for row in rows],
            color=COLOURS[letter],
            marker=MARKERS[letter],
            ms=3.5,
            lw=1.3,
        )


def style(ax, cost):
    """Logarithmic axes with few ticks."""
    ax.set(xscale="log", yscale="log")
    ax.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(LogLocator(numticks=6))
    ax.yaxis.set_major_formatter(with_unit(cost))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(labelsize=8, length=2)
    ax.grid(axis="y", color="#e4e7eb", lw=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.minorticks_off()


def hide_unused(axes, n_used):
    """Hide panels without a strategy; the panels above them name the factors."""
    for hidden in range(n_used, axes.size):
        axes.flat[hidden].set_visible(False)
        if hidden >= COLUMNS:
            axes.flat[hidden - COLUMNS].tick_params(labelbottom=True)


def explain(figure, base, title):
    """Legend and names of the axes; `base` is the row of the base size."""
    handles = [
        plt.Line2D([], [], color=COLOURS[x], marker=MARKERS[x], ms=4, label=NAMES[x])
        for x in COLOURS
    ]
    handles.append(plt.Line2D([], [], color=GREY, ls=DOTS, label="in proportion"))
    place = {"loc": "outside upper left", "ncols": 5}
    figure.legend(handles=handles, **place, frameon=False, fontsize=9)
    sizes = ", ".join(f"{x} = {base[x]}" for x in COLOURS)
    figure.supxlabel(f"times {sizes}", fontsize=9)
    figure.supylabel(f"{title} of a query", fontsize=9)


def main(argv=None):
    """Draw both figures, and print their numbers."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--out", type=Path, default=ROOT / "doc" / "_static")
    arguments = parser.parse_args(argv)
    mpl.rcParams.update({"svg.hashsalt": "skactive", "svg.fonttype": "path"})
    series = read(arguments.table)
    for cost in COSTS:
        figure = draw(series, cost)
        path = arguments.out / f"growth_{cost}.svg"
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
        print(path, *as_rst(series, cost), sep="\n")


if __name__ == "__main__":
    main()
