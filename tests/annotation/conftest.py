"""Fixtures for campaigns on small data that are closed and opened again."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB

from skactive import Margin
from skactive.annotation import Campaign

DIGITS, LABELS = load_digits(return_X_y=True)
DIGITS, LABELS = DIGITS[:200], LABELS[:200]


class Clock:
    """A clock that tests set by hand."""

    def __init__(self):
        self.now = 1e9

    def __call__(self):
        return self.now


@pytest.fixture
def X():
    return DIGITS


@pytest.fixture
def y():
    return LABELS


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(tmp_path):
    """Open a campaign; calling it again closes the one that was open."""
    campaigns = []

    def open_(X=DIGITS, **kwargs):
        for campaign in campaigns:
            campaign.close()
        settings = {"n": 5, "reserve": 5, "random_state": 0, **kwargs}
        strategy = settings.pop("strategy", Margin(GaussianNB(var_smoothing=0.1)))
        campaign = Campaign(tmp_path / "c.sqlite", strategy, X, **settings)
        campaigns.append(campaign)
        return campaign

    yield open_
    for campaign in campaigns:
        campaign.close()


@pytest.fixture
def answer():
    """Query for a person and record the true labels."""

    def answer_(campaign, annotator="ann", n=5):
        tasks = campaign.ask(annotator, n)
        for task in tasks:
            campaign.tell(task.id, LABELS[task.row], annotator)
        return tasks

    return answer_


@pytest.fixture
def rng():
    return np.random.default_rng(0)
