"""Draw the steps of a query: pool, draws, gains, indices.

``python doc/straight_line.py`` writes ``doc/_static/straight_line.svg``, which is
committed: the documentation is built without running this.
"""

from pathlib import Path

WIDTH, HEIGHT = 980, 284
TOP, ROW, N = 76, 13, 11  # first row, height of a row, number of points drawn
INK, FAINT, POOL, DRAWS, GAINS = "#1f2933", "#8a94a0", "#9db8d2", "#f0c987", "#7fb685"
GAINS_DRAWN = (0.35, 0.62, 0.2, 0.95, 0.5, 0.28, 0.74, 0.4, 0.15, 0.58, 0.3)
PICKS = (3, 6, 1)  # the three largest


def text(x, y, content, size=15, color=INK, anchor="middle", family="sans-serif"):
    """A line of text; the first argument is its anchor."""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}" '
        f'text-anchor="{anchor}" font-family="{family}">{content}</text>'
    )


def cell(x, y, width, fill, height=ROW):
    """One entry of an array."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" '
        'stroke="white" stroke-width="1.5"/>'
    )


def arrow(path, color=INK):
    """A line that ends in a tip."""
    return (
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.6" '
        'marker-end="url(#tip)"/>'
    )


def row_y(i):
    """Top of the i-th row."""
    return TOP + i * ROW


def array(x, columns, width, fill):
    """Entries of n rows and some columns."""
    places = [(x + j * width, row_y(i)) for i in range(N) for j in range(columns)]
    return [cell(*place, width, fill) for place in places]


def stage(x, name, shape):
    """Name and shape of an array, above it."""
    return [text(x, 28, name, 17), text(x, 50, shape, 14, FAINT, family="monospace")]


def step(x, y, words, folder):
    """What an arrow does, above it, and where its code is, below."""
    lines = [text(x, y - 12 - 18 * i, line) for i, line in enumerate(words[::-1])]
    return [*lines, text(x, y + 22, folder, 13, FAINT, family="monospace")]


def pool():
    """The points, one per row."""
    return [*array(40, 3, 24, POOL), *stage(76, "X_pool", "(n, d)")]


def draws():
    """One sheet for each of k functions, the front one with its c columns."""
    sheets = []
    for depth in (3, 2, 1):
        sheets.append(cell(330 + 9 * depth, TOP - 4 * depth, 66, "#f7e3bd", N * ROW))
    label = text(378, row_y(N) + 18, "one sheet per function", 12, FAINT)
    front = array(330, 3, 22, DRAWS)
    return [*sheets, *front, label, *stage(378, "draws", "(n, k, c)")]


def gains():
    """One bar per point; those of the picks are darker."""
    bars = []
    for i, gain in enumerate(GAINS_DRAWN):
        fill = GAINS if i in PICKS else "#cfe3d1"
        bars.append(cell(636, row_y(i), 78 * gain, fill))
    return [*bars, *stage(672, "gains", "(n,)")]


def indices():
    """The picks, in order of selection."""
    cells, numbers = [], []
    for place, i in enumerate(PICKS):
        y = row_y(4) + 22 * place - 11
        cells.append(cell(884, y, 34, GAINS, 22))
        numbers.append(text(901, y + 16, i, 14, family="monospace"))
    return [*cells, *numbers, *stage(901, "indices", "(b,)")]


def steps():
    """The three arrows, and the loop that builds a batch."""
    y = row_y(5) + ROW // 2
    loop_y = row_y(N) + 22
    return [
        arrow(f"M 128 {y} H 312"),
        *step(220, y, ("functions drawn", "from the posterior"), "samplers/"),
        arrow(f"M 446 {y} H 622"),
        *step(534, y, ("objective",), "strategies/"),
        arrow(f"M 730 {y} H 868"),
        *step(799, y, ("search",), "selection/"),
        arrow(f"M 799 {y + 32} V {loop_y} H 534 V {y + 34}", FAINT),
        text(666, loop_y + 20, "state of the search", 14, FAINT),
    ]


def drawing():
    """The whole picture as SVG."""
    tip = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        'markerHeight="8" orient="auto-start-reverse">'
        f'<path d="M 0 1 L 9 5 L 0 9" fill="none" stroke="{INK}" stroke-width="1.6"/>'
        "</marker></defs>"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
    )
    parts = [*pool(), *draws(), *gains(), *indices(), *steps()]
    return "\n".join([head, tip, *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    target = Path(__file__).parent / "_static" / "straight_line.svg"
    target.write_text(drawing())
    print(target.name)
