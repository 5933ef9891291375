"""Our numbers beside those of the papers, as tables of text."""

import numpy as np
import pandas as pd
from _every import against_random, problems, readable, verdict
from scipy.stats import t

from skactive.metrics import quartiles_to_reach

__all__ = ["at_the_end", "differences", "labels_to", "mean_of", "scores_at"]


def labels_to(curves, targets, published, *, less=0):
    """Labels to reach each target, quartiles over runs, and the paper's.

    Parameters
    ----------
    curves : dict of LearningCurve
        By strategy; the main score first.
    targets : sequence of float
        Scores to reach.
    published : dict of dict
        The paper's numbers, by strategy and target.
    less : int, default=0
        Labels that are not counted: the initial ones, where a paper counts
        acquisitions.

    Returns
    -------
    DataFrame
        A row for each strategy; a column for each target, the paper's to its right.
    """

    def cell(curve, target):
        scores = next(iter(curve.scores.values()))
        return quartiles_to_reach(curve.n_labels - less, scores, target)

    return side_by_side(curves, targets, cell, published)


def scores_at(curves, at, published):
    """The main score at numbers of labels, mean and 95% interval, and the paper's."""

    def cell(curve, n):
        scores = next(iter(curve.scores.values()))
        return mean_of(scores[:, curve.n_labels == n][:, 0])

    return side_by_side(curves, at, cell, published)


def side_by_side(curves, heads, cell, published):
    """Cells of strategies, and to the right of each what was published, if anything."""
    table = pd.DataFrame(index=list(curves))
    for head in heads:
        table[f"{head:g}"] = [cell(curve, head) for curve in curves.values()]
        theirs = [str(published.get(spec, {}).get(head, "")) for spec in curves]
        if any(theirs):
            table[f"{head:g}, paper"] = theirs
    return table


def differences(frame, by):
    """Each strategy's area minus random's, by the values of a column, verdict second.

    Verdicts are those of `_every.verdict`, corrected for all strategies of a part.
    """
    parts = []
    for value, curves in problems(frame, by).items():
        table = against_random(curves)
        cells = {
            "against random": table.apply(verdict, axis=1),
            by: value,
            **last_scores([curves[spec] for spec in table.index]),
            **readable(table)[["area minus random", "95% interval", "runs won"]],
        }
        parts.append(pd.DataFrame(cells))
    return pd.concat(parts)


def last_scores(curves):
    """The main score with all labels, and that of the net alone where there is one."""
    main = next(iter(curves[0].scores))
    shown = {"at the end": main, "net alone": f"net_{main}"}
    return {
        title: [mean_of(curve.scores[name][:, -1]) for curve in curves]
        for title, name in shown.items()
        if name in curves[0].scores
    }


def at_the_end(curves):
    """Each score with all labels, mean and 95% interval over runs."""
    rows = {
        spec: {name: mean_of(score[:, -1]) for name, score in curve.scores.items()}
        for spec, curve in curves.items()
    }
    return pd.DataFrame(rows).T


def mean_of(values):
    """Mean of runs and its 95% interval, by Student's distribution."""
    mean, n = np.mean(values), len(values)
    if n < 2:
        return f"{mean:.3f}"
    half = t.ppf(0.975, n - 1) * np.std(values, ddof=1) / n**0.5
    return f"{mean:.3f} [{mean - half:.3f} to {mean + half:.3f}]"
