"""LaplaceSampler: last-layer Laplace approximation of skorch nets; layer 3."""

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
    curvature_of_logits,
    of_classes,
)
from skactive.samplers.laplace._last_layer import LastLayers, check_last, passes
from skactive.samplers.laplace._prior import precision_of, rule_of
from skactive.samplers.laplace._weights_of_labels import weights_of_labels

__all__ = ["LaplaceSampler"]

# largest side of a matrix to decompose: it takes 0.5 GB, and some minutes
MOST = 8192
# smallest variance of the noise, relative to the variance of the targets
LEAST_NOISE = 1e-4


class LaplaceSampler(NetSampler):
    """Draw the last layer of a skorch net from its Laplace approximation [1]_.

    The posterior of the last linear layer is approximated by a normal distribution
    around the trained weights. Its precision is the curvature of the likelihood at the
    labelled points plus the precision of the prior. A draw is the net with another last
    layer, so everything before it is computed once for all draws. Dropout layers are
    switched off. `as_sampler` wraps nets without dropout in this class.

    Parameters
    ----------
    estimator : NeuralNetClassifier or NeuralNetRegressor
        A skorch net, which may be frozen or at the end of a ``Pipeline``. Its module
        must return the output of its last ``nn.Linear``, or the softmax or sigmoid of
        it. Labels must be 0..c-1, where c is the width of the net's output.
    n_draws : int, default=50
        Number of last layers drawn per query.
    device : str or None, default=None
        Device of the draws: None leaves them on the net's device, as tensors;
        "numpy", "cpu" or "cuda" moves them there.
    random_state : int, RandomState or None, default=None
        Seed of the net's initialization and training; torch's global generator is
        restored afterwards.
    layer : str, default=None
        Name of the last layer, as in ``module.named_modules()``; by default the
        ``nn.Linear`` that is defined last.
    prior_precision : {"auto", "weights", "marginal_likelihood"} or float, \
            default="auto"
        Precision of the normal prior of each weight, including biases. "weights" is the
        number of weights divided by the sum of squares of the trained weights, which
        are most likely under this prior. "marginal_likelihood" chooses the one with the
        largest marginal likelihood [1]_ among 81 values from 10^-4 to 10^4 times that.
        "auto" is "weights" for classification and "marginal_likelihood" for
        regression: see Notes.
    noise : "auto" or float, default="auto"
        Variance of the noise of the targets (regression). "auto" takes the mean squared
        residual at the labelled points, separately for each target, but at least 10^-4
        of the target's variance.
    hessian : {"full", "kronecker"}, default="full"
        Whether to use the full curvature of a classifier, or its approximation by a
        Kronecker product of averages over points. The latter is less accurate, but the
        only possibility for many features and classes. For regression the full
        curvature is such a product.

    Attributes
    ----------
    estimator_ : NeuralNet
        The fitted net.
    classes_ : ndarray of shape (c,)
        ``arange(c)`` (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.
    prior_precision_ : float
        Precision of the prior.
    noise_ : ndarray of shape (n_targets,)
        Variance of the noise of each target (regression).

    Warns
    -----
    UserWarning
        If the marginal likelihood is largest at an end of its grid, for example because
        the net separates the classes perfectly.

    Notes
    -----
    The marginal likelihood supposes weights that maximize the posterior under its
    prior. For a classifier that was trained without a penalty until it is certain of
    its few labels, that prior may be far too wide. The default was chosen on scikit-
    learn's digits, MNIST and six data sets of the survey, by the log likelihood of test
    points: see :doc:`/models`.

    The likelihood is a sum over the labelled points, even if the loss is an average.
    The ``weight`` of ``CrossEntropyLoss`` and ``NLLLoss``, and the ``pos_weight`` of
    ``BCEWithLogitsLoss``, weight the curvature; other losses are treated like these. A
    frozen net does not store its training points, so the curvature is computed at the
    points passed to ``fit``; without points, last layers are drawn with the spread of
    the prior. The curvature takes ``(m c) ** 2`` numbers and ``(m c) ** 3`` operations,
    where m is the number of features or of labelled points, whichever is smaller.

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

    when_frozen = "predictions"  # nets do not store their training points

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "layer": [str, None],
        "prior_precision": [
            StrOptions({"auto", "weights", "marginal_likelihood"}),
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
        """Whether `final` is a skorch net that has no dropout, as far as is known."""
        return is_net(final) and not has_dropout(final)

    @property
    def _layer_name(self):
        return self.layer

    def _learn_outputs(self, X, y, fit_params):
        layer = self._layer_of(self._final)
        check_last(self._name, layer)
        if n_rows(X):
            self._check_pointwise(X, self._transform(take_rows(X, slice(0, 1))))
            self._warn_of_dropout(X)
        self._is_one_logit = layer.out_features == 1 and self.task == "classification"
        self.n_outputs_ = layer.out_features + self._is_one_logit
        self._row_bytes = 4 * self.n_draws_ * self.n_outputs_
        if self.task == "classification":
            self.classes_ = np.arange(self.n_outputs_)
        self._learn_posterior(X, y, _weights(layer))

    def _warn_of_dropout(self, X):
        # a net with dropout layers gets here only if the user has chosen this sampler
        functions = self._called_dropout(X)
        if functions:
            warn_caller(
                f"{self._name} leaves out dropout: "
                f"{type(self._final.module_).__name__} drops units by "
                f"{', '.join(functions)}, a function, which cannot be seen before the "
                "net is trained. For draws by dropout, use nn.Dropout"
            )

    def _layer_of(self, net):
        return layer_named(self._name, net.module_, self.layer, "layer")

    def _learn_posterior(self, X, y, w_dc):
        """Store the curvature at the labelled points and the prior precision."""
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
                f"{self._name} was fitted without labelled points: its last layers "
                "are drawn with the spread of the prior. Pass to fit the points the "
                "net was trained on"
            )
        rule = rule_of(self.prior_precision, self.task, n_rows(X))
        self.prior_precision_ = precision_of(
            self._name, rule, self._curvature.eigenvalues, w_dc
        )

    def _features_and_predictions(self, X):
        """Input of the last layer, with ones for biases, and the predictions."""
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
                f"with {side} rows, more than the limit of {MOST}; use "
                "LaplaceSampler(net, hessian='kronecker')"
            )
        return of_classes(phi_nd, p_nc, s_n)

    def _of_values(self, phi_nd, f_nc, y):
        y_nc = np.asarray(y, dtype=np.float64).reshape(f_nc.shape)
        if self.noise == "auto":
            least_c = LEAST_NOISE * y_nc.var(axis=0)
            self.noise_ = np.maximum(((y_nc - f_nc) ** 2).mean(axis=0), least_c)
            # if all targets are equal and predicted exactly, any positive number will
            # do
            self.noise_[self.noise_ == 0] = LEAST_NOISE
        else:
            self.noise_ = np.full(f_nc.shape[1], float(self.noise))
        return KroneckerCurvature(phi_nd.T @ phi_nd, np.diag(1 / self.noise_))

    def functions(self, rng):
        """Draw `n_draws_` last layers."""
        net, w_dc = self._final, _weights(self._layer_of(self._final))
        e_kdc = rng.standard_normal((self.n_draws_, *w_dc.shape))
        u_kdc = self._curvature.whitened(e_kdc, self.prior_precision_)
        if self.task == "classification" and not self._is_one_logit:
            # a common term of all classes cancels in softmax, but may be large
            u_kdc -= u_kdc.mean(axis=-1, keepdims=True)
        w_dkc = np.ascontiguousarray((w_dc + u_kdc).transpose(1, 0, 2))

        def make():
            own = own_net(net)
            return LastLayers(self._name, own, self._layer_of(own), w_dkc)

        threads = PerThread(make)
        return lambda X: threads.get()(self._transform(X))


def _weights(layer):
    """Weights of a linear layer, with its biases as the last row: (d, c), float64."""
    w_dc = to_numpy(layer.weight.detach().double()).T
    if layer.bias is None:
        return w_dc
    return np.vstack([w_dc, to_numpy(layer.bias.detach().double())])


def _in_numpy(phi, _, output):
    return to_numpy(phi.double()), to_numpy(output.double())
