"""Check the arguments of a campaign against each other; layer 6."""

from typing import Any

from skactive.annotation._model import predicts
from skactive.annotation._settings import check_count, check_strategy, n_tests
from skactive.annotation._stopping import named

__all__ = ["check_settings", "check_stopping", "check_test_labels"]


def check_settings(campaign: Any) -> None:
    """Raise if an argument is invalid, before the file is opened."""
    check_strategy(campaign.strategy)
    check_count("n", campaign.n, 1)
    check_count("reserve", campaign.reserve, 0)
    check_count("refit_every", campaign.refit_every, 1)
    check_count("overlap", campaign.overlap, 1)
    if not campaign.lease > 0:
        raise ValueError(f"lease={campaign.lease} must be a positive number of seconds")
    if (campaign.cost is None) != (campaign.budget is None) and campaign.cost is None:
        raise ValueError("budget needs cost; pass the cost of labelling each row")
    if campaign.consensus not in ("majority", "dawid-skene"):
        raise ValueError(
            f"consensus must be 'majority' or 'dawid-skene', not {campaign.consensus!r}"
        )
    if isinstance(campaign.initial, str):
        if campaign.initial not in ("auto", "random"):
            raise ValueError(
                "initial must be 'auto', 'random' or a strategy, not "
                f"{campaign.initial!r}"
            )
    else:
        check_strategy(campaign.initial)


def check_test_labels(campaign: Any, task: str, n: int) -> None:
    """Raise if test rows cannot be drawn."""
    if campaign.test_labels is None:
        return
    check_count("test_labels", campaign.test_labels, 1)
    size = n_tests(campaign.test_size, n)
    if campaign.test_labels > size:
        raise ValueError(
            f"test_labels={campaign.test_labels} is larger than the test set of {size} "
            "rows; use a larger test_size"
        )
    if task != "classification" or not predicts(campaign.strategy) or campaign.scoring:
        raise ValueError(
            "test_labels estimates the accuracy of a classifier, so it needs a "
            "strategy with one, and scoring=None"
        )


def check_stopping(campaign: Any, task: str) -> None:
    """Raise if a criterion needs something that the campaign does not have."""
    classifies = task == "classification" and predicts(campaign.strategy)
    lacking = {
        "predictions": None if classifies else "a strategy with a classifier",
        "classes": None if classifies else "a strategy with a classifier",
        "probabilities": None
        if classifies and hasattr(campaign.strategy, "predict_proba")
        else "a model with predict_proba",
        "score": None if campaign.test_size else "a test set; pass test_size",
        "spent": None if campaign.cost is not None else "costs; pass cost",
    }
    for name, rule in named(campaign.stopping).items():
        for need in rule.needs:
            if lacking.get(need):
                raise ValueError(f"stopping: {name} needs {lacking[need]}")
