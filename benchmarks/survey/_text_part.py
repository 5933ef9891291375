"""The part on texts and images of the survey's page."""

from collections.abc import Iterator, Sequence

from _pages import RANDOM, names, title
from _summaries import Group, Summary, of_seeds
from csv_tables import capital, csv_table

__all__ = ["text_part"]

INTRODUCTION = """\
Two sets with fixed features: ``reviews`` are 4,973 reviews of food, great or not, by
384 features of a sentence encoder, and ``mnist5000`` are 5,000 images of digits by 50
principal components. The tables contain mean differences in the area under the
learning curve to random sampling, with 95% intervals over the splits of a set. Two
sets are evidence for themselves only, so they are not part of the tables and advice
above."""


def text_part(features: Sequence[Group]) -> Iterator[str]:
    """Paragraphs and tables of texts and images: one column per set."""
    if not features:
        return
    yield "Texts and images\n----------------"
    yield INTRODUCTION
    for group in features:
        head = capital(title(group))
        yield f"{head}\n{'~' * len(head)}"
        header = ", ".join(f"{data}, Interval" for data in sets_of(group))
        yield csv_table(f"Strategy, {header}", list(text_rows(group)))


def sets_of(group: Group) -> list[str]:
    """Sets of a group, in alphabetical order."""
    return sorted(group.areas.index.get_level_values("data").unique())


def text_rows(group: Group) -> Iterator[str]:
    """Rows of a table of texts and images: strategies by their mean difference."""
    found = {
        name: [of_seeds(group, name, RANDOM, data) for data in sets_of(group)]
        for name in names(group)
        if name != RANDOM
    }
    for name in sorted(found, key=lambda n: -mean_of(found[n])):
        cells = []
        for one in found[name]:
            told = one is not None
            cells.append(f"{one.mean:+.4f}" if told else "")
            cells.append(f"{one.low:+.4f} to {one.high:+.4f}" if told else "")
        yield ", ".join([name, *cells])


def mean_of(of_sets: Sequence[Summary | None]) -> float:
    """Mean over the sets on which a strategy was run."""
    means = [one.mean for one in of_sets if one is not None]
    return sum(means) / len(means) if means else float("-inf")
