from skactive import (
    LeastConfidence,
    VariationRatios,
)


def test_variation_ratios_is_least_confidence():
    assert VariationRatios is LeastConfidence
