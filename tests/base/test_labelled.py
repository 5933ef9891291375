"""Strategies that look at the labelled points keep them as they were given."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal

from skactive import BAIT, DEIMOS, CoreSet, DoubtWeightedCoreSet, KMeansCoreSet, testing
from skactive.base import LabelledStrategy
from tests import zoo

X, Y, X_POOL = (np.array(part) for part in testing.make_data("classification"))
LOOKING = [cls for cls in testing.all_strategies() if issubclass(cls, LabelledStrategy)]


def test_those_that_look_are_found():
    assert {BAIT, DEIMOS, CoreSet, DoubtWeightedCoreSet, KMeansCoreSet} <= set(LOOKING)


def to_list(a):
    return a.tolist()


@pytest.mark.parametrize("cls", LOOKING, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    "convert", [np.array, to_list, pd.DataFrame, sp.csr_array, sp.lil_array]
)
def test_what_happens_to_the_labelled_points_after_fit_changes_nothing(cls, convert):
    model = zoo.small(cls)
    given, pool = convert(X), convert(X_POOL)
    strategy = cls(model, random_state=0).fit(given, Y)
    expected, scores = strategy.query(pool, 4, return_scores=True)
    for i in range(len(X)):  # in place: what was given is another set of points now
        row = X_POOL[i % 3].tolist()
        if isinstance(given, list):
            given[i][:] = row
        elif isinstance(given, pd.DataFrame):
            given.iloc[i] = row
        elif sp.issparse(given) and given.format == "csr":
            given.data[:] = 3.0
        else:
            given[i] = row
    again, same = strategy.query(pool, 4, return_scores=True)
    assert_array_equal(again, expected)
    assert_array_equal(same, scores)
    other = cls(model, random_state=0).fit(given, Y)  # the points do matter
    assert (other.query(pool, 4, return_scores=True)[1] != scores).any()


def test_points_of_a_dataset_are_read_when_they_are_needed():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.as_tensor(X), torch.as_tensor(Y))
    kept = CoreSet().fit(data)._X_labelled
    assert isinstance(kept, torch.utils.data.Subset)
    assert kept.dataset is data


def test_a_container_that_cannot_be_kept_leaves_the_last_fit():
    data = pytest.importorskip("torch").utils.data
    strategy = CoreSet().fit(X)
    before = strategy.query(X_POOL, 3)
    with pytest.raises(TypeError, match="DataLoader"):
        strategy.fit(data.DataLoader(data.TensorDataset()))
    assert_array_equal(strategy.query(X_POOL, 3), before)
