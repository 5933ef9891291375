import numpy as np

from skactive.testing import all_samplers, all_strategies, make_data


def test_what_is_public_is_found():
    names = {cls.__name__ for cls in all_strategies()}
    assert {"RandomSampling", "Entropy", "BALD", "ICAL", "ICALPointwise"} <= names
    assert "QueryStrategy" not in names
    assert {"EnsembleSampler", "DropoutSampler"} <= {c.__name__ for c in all_samplers()}


def test_data_are_read_only_and_hold_duplicates():
    X, y, X_pool = make_data("regression")
    assert not any(part.flags.writeable for part in (X, y, X_pool))
    np.testing.assert_array_equal(X_pool[-2:], X_pool[:2])
