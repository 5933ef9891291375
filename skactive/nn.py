"""Layers to use in PyTorch modules: variational dropout.

This module imports torch, so no other module imports it: `DropoutSampler` recognises
its layers by their methods.
"""

import functools
import operator
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

__all__ = ["VariationalDropout", "kl_divergence"]


class VariationalDropout(nn.Linear):
    r"""Variational dropout: a linear layer that learns the noise of its weights [1]_.

    Each weight is normally distributed with its own mean and variance. In training
    mode, noise is sampled for each output of each point (local reparameterization
    trick); in evaluation mode, the weights are equal to their means. `DropoutSampler`
    samples the weights once per draw, so that each draw is a function. Such layers are
    used in appendix A.21 of the balanced entropy paper [2]_.

    Parameters
    ----------
    in_features, out_features : int
        Number of features of a point before and after the layer.
    bias : bool, default=True
        Whether to add a bias, which has no noise.
    log_variance : float, default=-8.0
        Initial value of the log-variances.

    Attributes
    ----------
    weight : Parameter of shape (out_features, in_features)
        Means of the weights.
    log_variance : Parameter of shape (out_features, in_features)
        Logarithms of the variances of the weights.

    References
    ----------
    .. [1] Kingma, Salimans and Welling, "Variational dropout and the local
       reparameterization trick", NeurIPS 2015.
    .. [2] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.
    .. [3] Molchanov, Ashukha and Vetrov, "Variational dropout sparsifies deep neural
       networks", ICML 2017.

    Examples
    --------
    In training, the divergence of the weights from their prior, divided by the number
    of training points, has to be added to the loss:

    >>> import torch
    >>> from skorch import NeuralNetClassifier
    >>> from sklearn.datasets import load_iris
    >>> from skactive.nn import VariationalDropout, kl_divergence
    >>> from skactive.samplers import DropoutSampler
    >>> class VariationalNet(NeuralNetClassifier):
    ...     def get_loss(self, y_pred, y_true, X=None, training=False):
    ...         loss = super().get_loss(y_pred, y_true, X=X, training=training)
    ...         return loss + training * kl_divergence(self.module_) / 150
    >>> module = torch.nn.Sequential(
    ...     VariationalDropout(4, 16), torch.nn.ReLU(),
    ...     VariationalDropout(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3),
    ... )
    >>> net = VariationalNet(
    ...     module, criterion=torch.nn.CrossEntropyLoss, max_epochs=3, verbose=0
    ... )
    >>> X, y = load_iris(return_X_y=True)
    >>> sampler = DropoutSampler(net, n_draws=10).fit(X.astype("float32"), y)
    >>> sampler.draw(X[:5].astype("float32"), rng=0).shape
    torch.Size([5, 10, 3])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        log_variance: float = -8.0,
    ):
        super().__init__(in_features, out_features, bias=bias)
        self.log_variance = nn.Parameter(torch.full_like(self.weight, log_variance))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Compute the outputs of points, with noise in training mode.

        Parameters
        ----------
        input : Tensor of shape (..., in_features)
            Points.

        Returns
        -------
        Tensor of shape (..., out_features)
            Outputs.
        """
        mean = super().forward(input)
        if not self.training:
            return mean
        variance = F.linear(input**2, self.log_variance.exp())  # Kingma et al. eq. 9
        # keeps the gradient of the square root finite where the variance is 0
        tiny = torch.finfo(variance.dtype).tiny ** 0.5
        return mean + torch.randn_like(mean) * (variance + tiny).sqrt()

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """Shape of the standard normal noise of a draw: one number per weight."""
        return tuple(self.weight.shape)

    def with_noise(self, input: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Compute the outputs of points with sampled weights.

        Parameters
        ----------
        input : Tensor of shape (..., in_features)
            Points.
        noise : Tensor of shape (out_features, in_features)
            Standard normal noise of the weights.

        Returns
        -------
        Tensor of shape (..., out_features)
            Outputs.
        """
        weight = self.weight + (0.5 * self.log_variance).exp() * noise
        return F.linear(input, weight, self.bias)

    def kl_divergence(self) -> torch.Tensor:
        """Compute the divergence of the weights from their log-uniform prior.

        Computed up to a constant by the approximation of Molchanov et al. (2017), with
        an error of at most 0.02 per weight. It approaches 0 for weights with infinite
        noise.

        Returns
        -------
        Tensor of shape ()
            Sum over all weights, in nats.
        """
        squared = self.weight**2
        tiny = torch.finfo(squared.dtype).tiny
        log_alpha = self.log_variance - (squared + tiny).log()
        # Molchanov et al. 2017, eq. 14, k1 = 0.63576, k2 = 1.87320, k3 = 1.48695
        shape = torch.sigmoid(1.87320 + 1.48695 * log_alpha)
        return (0.63576 * (1 - shape) + 0.5 * F.softplus(-log_alpha)).sum()


def kl_divergence(module: nn.Module) -> torch.Tensor:
    """Sum the divergences of a module's variational layers from their priors.

    Parameters
    ----------
    module : torch.nn.Module
        A module that contains layers with a method ``kl_divergence``.

    Returns
    -------
    Tensor of shape ()
        Sum of the divergences in nats. Divide it by the number of training points and
        add it to the loss of a batch, which is a mean over points.

    Examples
    --------
    >>> import torch
    >>> from skactive.nn import VariationalDropout, kl_divergence
    >>> noisy = VariationalDropout(3, 2, log_variance=20.0)
    >>> round(kl_divergence(torch.nn.Sequential(noisy, torch.nn.ReLU())).item(), 3)
    0.0
    """
    layers: list[Any] = [m for m in module.modules() if hasattr(m, "kl_divergence")]
    if not layers:
        raise ValueError(
            f"{type(module).__name__} has no variational layer: use "
            "skactive.nn.VariationalDropout in place of torch.nn.Linear"
        )
    return functools.reduce(operator.add, [m.kl_divergence() for m in layers])
