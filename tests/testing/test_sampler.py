"""The checks for samplers find the faults that they are there for."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from skactive.samplers import BootstrapSampler, EnsembleSampler, as_sampler
from skactive.testing import check_sampler
from tests.testing.sampler_mistakes import MISTAKES, GeneratorUnused, Views, forest


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_by_name(mistake):
    with pytest.raises(AssertionError) as found:
        check_sampler(mistake.sampler)
    assert str(found.value).startswith(f"{mistake.check}: ")


def test_mistakes_are_many_and_differ():
    assert len(MISTAKES) >= 15
    assert len({type(mistake.sampler) for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(
    "good",
    [
        Views(),
        EnsembleSampler(forest()),
        EnsembleSampler(forest(), n_draws=4),
        BootstrapSampler(GaussianNB(), n_draws=5, random_state=0),
        as_sampler(GaussianNB(), needs="mean"),
        LogisticRegression(),
        GaussianProcessRegressor(alpha=0.1),
        [GaussianNB(), RandomForestClassifier(5, random_state=0)],
    ],
)
def test_good_samplers_pass(good):
    check_sampler(good)


def test_an_object_may_say_that_it_leaves_nothing_to_chance():
    class Members(GeneratorUnused):
        uses_rng = False

    check_sampler(Members())


def test_an_object_that_cannot_be_a_sampler_is_named():
    with pytest.raises(AssertionError, match=r"check_task: TypeError: no posterior"):
        check_sampler(GaussianNB())


def test_the_sampler_stays_as_it_is():
    views, model = Views(), forest()
    check_sampler(views)
    check_sampler(EnsembleSampler(model))
    assert not vars(views)
    assert not hasattr(model, "estimators_")
    assert np.isscalar(model.n_estimators)
