"""Generate the pages of the survey: text and tables in reStructuredText."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import record
from _record_table import margin_rows, mean_rows, other_rows
from _summaries import LEAST_SETS, TEXT_TASK, Group, Summary, compared, mean_ranks

from skactive.model_selection.comparison._paired import holm

sys.path.append(str(Path(__file__).parents[1]))

from csv_tables import capital, csv_table

__all__ = ["BEGIN", "END", "RANDOM", "advice", "between", "heat_name"]
__all__ += ["measured", "names", "page_of", "pictured", "survey_page", "title"]

BEGIN = ".. written by benchmarks/survey/report.py: do not edit"
END = ".. end of what report.py writes"
RANDOM, MARGIN = "RandomSampling", "Margin"
ALPHA = 0.05  # of the corrected tests against random sampling
SURVEY = "the :doc:`survey </results/survey>`"
MODELS = {
    "logistic": "logistic regression",
    "forest": "random forest",
    "svm": "calibrated SVM",
    "mlp": "dropout net",
    "gp": "Gaussian process",
    "linear": "Bayesian ridge regression",
}


def title(group: Group) -> str:
    """A group in words: model, batch size, and task unless it is classification."""
    task = ", regression" if group.task == "regression" else ""
    task = f", {TEXT_TASK}" if group.task == TEXT_TASK else task
    batch = "one label at a time" if group.batch == 1 else f"batches of {group.batch}"
    return f"{MODELS[group.model]}{task}, {batch}"


def _sets(n):
    return "1 set" if n == 1 else f"{n} sets"


def numbers(found: Summary, baseline: str) -> str:
    """A summary in words, with a caution if there are few sets."""
    text = f"{found.mean:+.4f} over {baseline}"
    if found.thin:
        few = f"on {_sets(found.n)} (better on {found.won}): too few for a conclusion"
        return f"{text} {few}"
    text += f" [{found.low:+.4f}, {found.high:+.4f}]"
    text += f", better on {found.won} of {found.n} sets"
    return text if found.shown else f"{text}: no significant difference"


def measured(every: Sequence[Group], strategy: str) -> str:
    """Build the "Measured" part of a strategy's page."""
    lines = []
    for group in every:
        parts = []
        for baseline, words in ((RANDOM, "random sampling"), (MARGIN, "Margin")):
            found = compared(group, strategy, baseline)
            if strategy != baseline and found is not None:
                parts.append(numbers(found, words))
        if parts:
            lines.append(f"* {title(group)}: {'; '.join(parts)}.")
    if not lines:
        return "Not yet measured in the :doc:`survey </results/survey>`."
    head = (
        "Mean difference in the area under the learning curve, over the data sets of "
        "the\n:doc:`survey </results/survey>`, with 95% intervals:"
    )
    return "\n".join([head, "", *lines])


def advice(every: Sequence[Group]) -> str:
    """Build the advice of the index: what is best, and how certain that is."""
    # a group has no ranks before all strategies have been run on one data set
    ranked = [g for g in every if RANDOM in names(g) and mean_ranks(g)[1]]
    lines = [f"* {title(g)}: {advised(g)}" for g in ranked]
    if not lines:
        return "The :doc:`survey </results/survey>` has no results yet."
    head = f"According to {SURVEY} of many data sets:"
    return "\n".join([head, "", *lines])


def names(group: Group) -> list[str]:
    """Strategies of a group."""
    return list(group.areas.index.get_level_values("strategy").unique())


def advised(group: Group) -> str:
    """One group's advice, by rule."""
    ranks, n_sets = mean_ranks(group)
    if n_sets < LEAST_SETS:
        return f"{_sets(n_sets)} so far, too few for a recommendation."
    found = {name: one for name, one in gains(group).items() if name in ranks}
    told = verdicts(found)
    better = {name: one for name, one in found.items() if told[name] == "wins"}
    if not better:
        return (
            f"no strategy is significantly better than random sampling ({n_sets} sets)."
        )
    first = next(name for name in ranks.index if name in better)
    text = f"start with **{first}** (mean rank {ranks[first]:.1f} of {len(ranks)}; "
    text += f"{numbers(better[first], 'random sampling')})"
    return text + close_to(group, first, ranks) + over_margin(group, first)


def close_to(group: Group, first: str, ranks) -> str:
    """Name up to four of the next ones that do not differ from the first."""
    close = [
        name
        for name in ranks.index
        if name not in (first, RANDOM) and not told_apart(group, first, name)
    ][:4]
    return f"; not significantly different: {', '.join(close)}" if close else ""


def told_apart(group: Group, one: str, other: str) -> bool:
    """Whether the interval of the difference excludes zero, on enough sets."""
    found = compared(group, one, other)
    return found is not None and found.shown != 0


def over_margin(group: Group, first: str) -> str:
    """The first compared with Margin, the simple choice."""
    if first == MARGIN or MARGIN not in names(group):
        return "."
    found = compared(group, first, MARGIN)
    return "." if found is None else f". {numbers(found, 'Margin')}."


def group_rows(group: Group) -> Iterator[str]:
    """Rows of a group's table: strategies by their mean difference to random."""
    ranks, _ = mean_ranks(group)
    found = gains(group)
    told = verdicts(found)
    for name in sorted(found, key=lambda n: -found[n].mean):
        s, m = found[name], compared(group, name, MARGIN)
        cells = [name, told[name], f"{s.mean:+.4f}", f"{s.low:+.4f} to {s.high:+.4f}"]
        cells += [f"{s.median:+.4f}", f"{s.won} of {s.n}"]
        beside = name != MARGIN and m is not None
        cells += [f"{m.mean:+.4f}", f"{m.won} of {m.n}"] if beside else ["", ""]
        yield ", ".join([*cells, f"{ranks[name]:.1f}" if name in ranks else ""])


def gains(group: Group) -> dict[str, Summary]:
    """Every strategy against random sampling."""
    found = {n: compared(group, n, RANDOM) for n in names(group) if n != RANDOM}
    return {name: value for name, value in found.items() if value is not None}


def verdicts(found: dict[str, Summary]) -> dict[str, str]:
    """Say of each strategy whether it wins or loses, or why that is open."""
    # the best of many is overestimated, so p-values are corrected for their number
    corrected = holm([one.p for one in found.values()])
    told = {}
    for (name, one), p in zip(found.items(), corrected, strict=True):
        told[name] = "too few sets" if one.thin else "not significant"
        if p <= ALPHA and one.shown:
            told[name] = "wins" if one.shown > 0 else "loses"
    return told


def survey_page(every: Sequence[Group], table: dict) -> str:
    """The generated part of doc/results/survey.rst, without texts and images."""
    return "\n\n".join([*record_part(table), *survey_part(every)])


def record_part(table: dict) -> Iterator[str]:
    """Paragraphs and tables of the record."""
    yield "Reproducing a published table\n-----------------------------"
    rows = list(margin_rows(table))
    if not rows:
        yield "Not yet run."
        return
    yield "Margin sampling: our area minus the published one, for the same seeds:"
    yield csv_table(
        "Set, Seeds, Mean difference, Largest difference, Seeds equal to 1e-6", rows
    )
    yield (
        "Our mean area and standard error / the published mean over up to 100 seeds, "
        "and\nthe published oracle:"
    )
    header = f"Set, {', '.join(record.PUBLISHED)}, Oracle"
    yield csv_table(header, list(mean_rows(table)))
    yield (
        "Over data sets of fewer than 1,000 points, with the same seeds; the last "
        "column is\nby how much the oracle is better:"
    )
    header = (
        "Strategy, Sets, Minus margin sampling, 95% interval, Better on, Lead of oracle"
    )
    yield csv_table(header, list(other_rows(table)))


def survey_part(every: Sequence[Group]) -> Iterator[str]:
    """Paragraphs, tables and pictures of the survey."""
    head = "Many data sets, models and batch sizes"
    yield f"{head}\n{'-' * len(head)}"
    if not every:
        yield "Not yet run."
        return
    yield advice(every).replace(f"According to {SURVEY} of many", "Over all")
    if any(map(pictured, every)):
        yield picture("survey_ranks", "Mean ranks of strategies, one panel per model.")
    for group in every:
        rows = list(group_rows(group))
        if not rows:
            continue
        head = capital(title(group))
        yield f"{head}\n{'~' * len(head)}"
        thin = len(group.sets) < LEAST_SETS
        seeds = group.areas.index.get_level_values("seed").nunique()
        yield f"{_sets(len(group.sets))}, up to {seeds} seeds." + (
            " Too few sets for a conclusion." if thin else ""
        )
        yield csv_table(
            "Strategy, Against random, Mean, 95% interval, Median, Sets won, "
            "Minus Margin, Sets won, Mean rank",
            rows,
        )
        if pictured(group):
            told = "Differences to random sampling, strategy by set."
            yield picture(heat_name(group), told)


def pictured(group: Group) -> bool:
    """Whether a group has enough sets for pictures."""
    return group.task == "classification" and mean_ranks(group)[1] >= LEAST_SETS


def heat_name(group: Group) -> str:
    """Name of a group's heat map."""
    return f"survey_{group.model}_{group.batch}"


def picture(name: str, told: str) -> str:
    """A picture of the page."""
    return f".. image:: ../_static/{name}.png\n   :width: 760\n   :alt: {told}"


def page_of(strategy: str) -> str:
    """File name of a strategy's page."""
    words = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return f"{re.sub(words, '_', strategy).lower()}.rst"


def between(text: str, new: str) -> str:
    """Replace the text between the marks; a page without marks gets them at its end."""
    marks = text.count(BEGIN), text.count(END)
    if marks == (0, 0):
        text, marks = marked(text), (1, 1)
    if marks != (1, 1):
        raise ValueError(
            f"the page needs exactly one pair of marks: {BEGIN!r} and {END!r}"
        )
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{rest.split(END)[1]}"


def marked(text: str) -> str:
    """A page with marks before its references, or at its end."""
    head, line, references = text.partition("\nReferences\n---")
    return f"{head.rstrip()}\n\n{BEGIN}\n\n{END}\n{line}{references}"
