"""Tables of results in reStructuredText, for the pages of the documentation."""

from collections.abc import Sequence

__all__ = ["capital", "csv_table", "quoted"]


def csv_table(header: str, rows: Sequence[str]) -> str:
    """A table of comma-separated rows, styled as the other tables of results."""
    head = [".. csv-table::", "   :class: results", f"   :header: {header}", ""]
    return "\n".join([*head, *(f"   {row}" for row in rows)])


def capital(name: object) -> str:
    """The name of a column in words, its first letter large and the others as is."""
    words = str(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def quoted(cell: object) -> str:
    """A cell, in quotation marks if it contains a comma."""
    return f'"{cell}"' if "," in str(cell) else str(cell)
