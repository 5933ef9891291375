"""Measures of active learning: of models, batches, pools and curves; layer 5."""

from skactive.metrics._acquired import (
    acquired_uncertainty,
    batch_diversity,
    class_counts,
    class_entropy,
)
from skactive.metrics._active_testing import (
    ActiveTestEstimate,
    active_test_estimate,
    active_test_proposal,
)
from skactive.metrics._curves import (
    area_under_curve,
    labels_to_reach,
    quartiles_to_reach,
)
from skactive.metrics._pool import core_set_radius, mean_posterior_entropy
from skactive.metrics._posterior_scorer import posterior_scorer
from skactive.metrics._recall import (
    average_time_to_discovery,
    recall_curve,
    work_saved_over_sampling,
)
from skactive.metrics._scorers import (
    gaussian_log_likelihood,
    get_scorer,
    negative_calibration_error,
)
from skactive.metrics._scores import (
    expected_calibration_error,
    gaussian_negative_log_likelihood,
    log_likelihood,
    negative_log_likelihood,
)

__all__ = [
    "ActiveTestEstimate",
    "acquired_uncertainty",
    "active_test_estimate",
    "active_test_proposal",
    "area_under_curve",
    "average_time_to_discovery",
    "batch_diversity",
    "class_counts",
    "class_entropy",
    "core_set_radius",
    "expected_calibration_error",
    "gaussian_log_likelihood",
    "gaussian_negative_log_likelihood",
    "get_scorer",
    "labels_to_reach",
    "log_likelihood",
    "mean_posterior_entropy",
    "negative_calibration_error",
    "negative_log_likelihood",
    "posterior_scorer",
    "quartiles_to_reach",
    "recall_curve",
    "work_saved_over_sampling",
]
