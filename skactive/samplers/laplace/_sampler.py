"""Last-layer Laplace on skorch nets: a draw is a net with another last layer; layer 3.

Daxberger et al. 2021: all layers but the last are taken as they were trained, and the
last has a normal posterior around its weights.
"""

from numbers import Integral, Real

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions, n_rows, take_rows
from skactive._utils.warnings import warn_caller
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._checks import check_draws
from skactive.samplers._nets import is_net, own_net
from skactive.samplers._temperature import labels_within
from skactive.samplers.dropout._draws import PerThread
from skactive.samplers.dropout._features import layer_named
from skactive.samplers.dropout._has_dropout import has_dropout
from skactive.samplers.dropout._net_sampler import NetSampler
from skactive.samplers.laplace._curvature import (
    KroneckerCurvature,
    best_precision,
    curvature_of_logits,
    of_classes,
)
from skactive.samplers.laplace._last_layer import LastLayers, check_last, passes
from skactive.samplers.laplace._weights_of_labels import weights_of_labels

__all__ = ["LaplaceSampler"]

# of a matrix whose eigenvectors are found: 0.5 GB each, some minutes
MOST = 8192
# of the variance of targets: the least that noise is taken for
LEAST_NOISE = 1e-4


class LaplaceSampler(NetSampler):
    """Draw the last layer of a skorch net from its Laplace approximation [1]_.

    The posterior of the last linear layer is taken as normal around the trained
    weights, its precision being the curvature of the likelihood at the labelled points
    and that of the prior. A draw is the net with another last layer, so that all that
    precedes it is computed once, however many draws there are. Nets need no dropout;
    in those that have some it is switched off. `as_sampler` wraps nets without dropout
    so by itself.

    Parameters
    ----------
    estimator : NeuralNetClassifier or NeuralNetRegressor
        A skorch net, perhaps frozen or at the end of a ``Pipeline``, whose module
        returns what its last ``nn.Linear`` gives, or the softmax or sigmoid of it.
        Labels must be 0..c-1, c the net's output width.
    n_draws : int, default=50
        Number of last layers drawn for a query.
    device : str or None, default=None
        Where the draws go: None leaves them on the net's device, as tensors;
        "numpy", "cpu" and "cuda" move them.
    random_state : int, RandomState or None, default=None
        Seeds the net's initialisation and training, inside
        ``torch.random.fork_rng()``.
    layer : str, default=None
        Name of the last layer, as in ``module.named_modules()``; by default the last
        ``nn.Linear`` in the order of definition.
    prior_precision : "auto" or float, default="auto"
        Precision of the normal prior of each weight, biases too. "auto" takes that of
        the largest marginal likelihood, out of 81 from 10^-4 to 10^4 times the number
        of weights by their sum of squares.
    noise : "auto" or float, default="auto"
        Variance of the noise of values (regression). "auto" takes the mean squared
        residual at the labelled points, of each target its own, and at least 10^-4 of
        the variance of the target.
    hessian : {"full", "kronecker"}, default="full"
        Whether the curvature of classes is taken as it is, or as a Kronecker product
        of averages over points: less exact, and the only way where there are many
        features and classes. Of values it is such a product.

    Attributes
    ----------
    estimator_ : NeuralNet
        The fitted net.
    classes_ : ndarray of shape (c,)
        ``arange(c)`` (classification).
    n_draws_ : int
        The k of the draws.
    n_outputs_ : int
        The c of the draws.
    prior_precision_ : float
        Precision of the prior.
    noise_ : ndarray of shape (n_targets,)
        Variance of the noise of each target (regression).

    Warns
    -----
    UserWarning
        Where ``prior_precision="auto"`` ends at the edge of its grid: the labelled
        points do not settle it, as where a net separates them without doubt.

    Notes
    -----
    The likelihood is a sum over the labelled points, whatever the loss averages. The
    ``weight`` of ``CrossEntropyLoss`` and ``NLLLoss``, and the ``pos_weight`` of
    ``BCEWithLogitsLoss``, weigh the curvature; other losses are taken for these of
    their kind. A frozen net keeps no training points: its curvature is that at the
    points given to ``fit``, and without any its last layer has the prior's spread.
    The curvature takes ``(m c) ** 2`` numbers and ``(m c) ** 3`` operations, m being
    the number of features or of labelled points, whichever is smaller.

    References
    ----------
    .. [1] Daxberger, Kristiadi, Immer, Eschenhagen, Bauer and Hennig, "Laplace redux:
       effortless Bayesian deep learning", NeurIPS 2021.

    Examples
    --------
    >>> import torch
    >>> from skorch import NeuralNetClassifier
    >>> from sklearn.datasets import load_digits
    >>> from skactive.samplers import LaplaceSampler
    >>> X, y = load_digits(return_X_y=True)
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
    ... )
    >>> net = NeuralNetClassifier(
    ...     module, criterion=torch.nn.CrossEntropyLoss, verbose=0, max_epochs=2
    ... )
    >>> sampler = LaplaceSampler(net, n_draws=5, random_state=0)
    >>> sampler.fit(X[:99].astype("float32"), y[:99]).draw(
    ...     X[:7].astype("float32"), rng=0
    ... ).shape
    torch.Size([7, 5, 10])
    """

    when_frozen = "predictions"  # training points are not kept: see the notes

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "layer": [str, None],
        "prior_precision": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "noise": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "hessian": [StrOptions({"full", "kronecker"})],
    }

    def __init__(
        self,
        estimator,
        *,
        n_draws=50,
        device=None,
        random_state=None,
        layer=None,
        prior_precision="auto",
        noise="auto",
        hessian="full",
    ):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )
        self.layer = layer
        self.prior_precision = prior_precision
        self.noise = noise
        self.hessian = hessian

    @staticmethod
    def accepts(final):
        """Whether `final` is a skorch net without dropout, as far as can be told."""
        return is_net(final) and not has_dropout(final)

    @property
    def _layer_name(self):
        return self.layer

    def _learn_outputs(self, X, y):
        layer = self._layer_of(self._final)
        check_last(self._name, layer)
        if n_rows(X):
            self._check_company(X, self._transform(take_rows(X, slice(0, 1))))
        self._is_one_logit = layer.out_features == 1 and self.task == "classification"
        self.n_outputs_ = layer.out_features + self._is_one_logit
        self._row_bytes = 4 * self.n_draws_ * self.n_outputs_
        if self.task == "classification":
            self.classes_ = np.arange(self.n_outputs_)
        self._learn_posterior(X, y, _weights(layer))

    def _layer_of(self, net):
        return layer_named(self._name, net.module_, self.layer, "layer")

    def _learn_posterior(self, X, y, w_dc):
        """Keep the curvature at the labelled points, and the prior's precision."""
        if n_rows(X):
            y = labels_within(X) if y is None else to_numpy(y)
            phi_nd, output_nc = self._features_and_predictions(X)
            learn = self._of_values if self.task == "regression" else self._of_classes
            self._curvature = learn(phi_nd, output_nc, y)
        else:
            self._curvature = KroneckerCurvature(
                *(np.zeros((m, m)) for m in w_dc.shape)
            )
            warn_caller(
                f"{self._name} was given no labelled points: its last layers have the "
                "spread of their prior. Give fit the points the net was trained on"
            )
        self.prior_precision_ = self._precision(w_dc, n_rows(X))

    def _features_and_predictions(self, X):
        """What the last layer is given, with 1 for the bias, and what comes out."""
        net = own_net(self._final)
        layer = self._layer_of(net)
        parts = passes(self._name, net, layer, self._transform(X), _in_numpy)
        phi_nd, output_nc = map(np.concatenate, zip(*parts, strict=True))
        if layer.bias is not None:
            phi_nd = np.column_stack([phi_nd, np.ones(len(phi_nd))])
        return phi_nd, output_nc

    def _of_classes(self, phi_nd, p_nc, y):
        shape = len(p_nc), 1, self.n_outputs_
        check_draws(p_nc[:, None], shape, 0, self)
        s_n = weights_of_labels(self._final.criterion_, y)
        p_nc = p_nc[:, 1:] if self._is_one_logit else p_nc
        if self.hessian == "kronecker":
            a_cc = curvature_of_logits(p_nc, s_n).mean(axis=0)
            return KroneckerCurvature(phi_nd.T @ phi_nd, a_cc)
        side = min(phi_nd.shape) * p_nc.shape[1]
        if side > MOST:
            raise ValueError(
                f"{self._name}: the curvature of {phi_nd.shape[1]} weights for each of "
                f"{p_nc.shape[1]} classes, at {len(p_nc)} labelled points, is a matrix "
                f"of {side} rows, and {MOST} is the most; use "
                "LaplaceSampler(net, hessian='kronecker')"
            )
        return of_classes(phi_nd, p_nc, s_n)

    def _of_values(self, phi_nd, f_nc, y):
        y_nc = np.asarray(y, dtype=np.float64).reshape(f_nc.shape)
        if self.noise == "auto":
            least_c = LEAST_NOISE * y_nc.var(axis=0)
            self.noise_ = np.maximum(((y_nc - f_nc) ** 2).mean(axis=0), least_c)
            # values that are all one and the same, and met exactly
            self.noise_[self.noise_ == 0] = LEAST_NOISE
        else:
            self.noise_ = np.full(f_nc.shape[1], float(self.noise))
        return KroneckerCurvature(phi_nd.T @ phi_nd, np.diag(1 / self.noise_))

    def _precision(self, w_dc, n):
        if self.prior_precision != "auto":
            return float(self.prior_precision)
        if not w_dc.any():
            raise ValueError(
                f"{self._name}: the weights of the last layer are all 0, which tells "
                "nothing of their prior; give prior_precision as a number"
            )
        if not n:  # nothing but the prior: its own likelihood is largest there
            return w_dc.size / float((w_dc**2).sum())
        precision, at_edge = best_precision(self._curvature.eigenvalues, w_dc)
        if at_edge:
            warn_caller(
                f"{self._name}: prior_precision='auto' ended at the edge of its grid, "
                f"{precision:.3g}: the labelled points do not settle it, as where the "
                "net separates them without doubt. Give a number, or more labels"
            )
        return precision

    def functions(self, rng):
        """Draw `n_draws_` last layers."""
        net, w_dc = self._final, _weights(self._layer_of(self._final))
        e_kdc = rng.standard_normal((self.n_draws_, *w_dc.shape))
        u_kdc = self._curvature.whitened(e_kdc, self.prior_precision_)
        if self.task == "classification" and not self._is_one_logit:
            # what all classes share changes no probability, and may be large
            u_kdc -= u_kdc.mean(axis=-1, keepdims=True)
        w_dkc = np.ascontiguousarray((w_dc + u_kdc).transpose(1, 0, 2))

        def make():
            own = own_net(net)
            return LastLayers(self._name, own, self._layer_of(own), w_dkc)

        threads = PerThread(make)
        return lambda X: threads.get()(self._transform(X))


def _weights(layer):
    """Weights of a linear layer, its biases as the last row: (d, c), float64."""
    w_dc = to_numpy(layer.weight.detach().double()).T
    if layer.bias is None:
        return w_dc
    return np.vstack([w_dc, to_numpy(layer.bias.detach().double())])


def _in_numpy(phi, _, output):
    return to_numpy(phi.double()), to_numpy(output.double())
