"""Former import path of the Beta measures in `skactive.information`; layer 1."""

from skactive.information import (
    balanced_entropy,
    beta_conditional_entropy,
    beta_information_gain,
    beta_mutual_information,
    dirichlet_mutual_information,
    expected_effective_loss,
    marginalized_joint_entropy,
    posterior_uncertainty,
)

__all__ = [
    "balanced_entropy",
    "beta_conditional_entropy",
    "beta_information_gain",
    "beta_mutual_information",
    "dirichlet_mutual_information",
    "expected_effective_loss",
    "marginalized_joint_entropy",
    "posterior_uncertainty",
]
