"""Entropies and mutual information of posterior samples (draws), in nats; layer 1.

They are computed from the draws directly, or from Beta and Dirichlet distributions
fitted to them.
"""

from skactive.information._balanced import (
    balanced_entropy,
    decompose,
    marginalized_joint_entropy,
    posterior_uncertainty,
)
from skactive.information._beta import (
    beta_conditional_entropy,
    beta_information_gain,
    beta_mutual_information,
    dirichlet_mutual_information,
    expected_effective_loss,
)
from skactive.information._draws import (
    conditional_entropy,
    entropy,
    least_confidence,
    margin,
    mean_of_draws,
    mutual_information,
    variance,
)
from skactive.information._labels import joint_mutual_information, sample_labels

__all__ = [
    "balanced_entropy",
    "beta_conditional_entropy",
    "beta_information_gain",
    "beta_mutual_information",
    "conditional_entropy",
    "decompose",
    "dirichlet_mutual_information",
    "entropy",
    "expected_effective_loss",
    "joint_mutual_information",
    "least_confidence",
    "margin",
    "marginalized_joint_entropy",
    "mean_of_draws",
    "mutual_information",
    "posterior_uncertainty",
    "sample_labels",
    "variance",
]
