"""MC dropout on skorch nets: a draw is a sub-network with its own masks; layer 2."""

import contextlib
import math
import warnings
from numbers import Integral

import numpy as np
from sklearn import get_config

from skactive._utils.array import chunk_rows, to_numpy, torch_chance_kept
from skactive._utils.scikit_learn import Interval, take_rows
from skactive.samplers._base import PosteriorSampler, is_frozen, unwrap
from skactive.samplers.dropout._masks import Masks, evaluating, is_noisy
from skactive.samplers.dropout._thinning import (
    ThinnedForward,
    differ,
    fault_of,
    fault_of_draws,
    thinned,
)
from skactive.samplers.dropout._thinning_trace import stateless

__all__ = ["DropoutSampler"]


class DropoutSampler(PosteriorSampler):
    """Draw sub-networks of a skorch net by MC dropout [1]_.

    A draw fixes one mask for each call of a dropout layer, the same for every point
    and every chunk: it is one function. All other layers are in evaluation mode, and
    the net is left as it was found: parameters, buffers and training mode.

    Parameters
    ----------
    estimator : NeuralNetClassifier or NeuralNetRegressor
        A skorch net whose module has active ``nn.Dropout`` layers (also ``Dropout1d``,
        ``2d``, ``3d``, ``AlphaDropout``, ``FeatureAlphaDropout``, and
        `skactive.nn.VariationalDropout`), perhaps frozen or at the end of a
        ``Pipeline``. Labels must be 0..c-1, c the net's output width.
    n_draws : int, default=50
        Number of sub-networks drawn for a query.
    device : str or None, default=None
        Where the draws go: None leaves them on the net's device, as tensors;
        "numpy", "cpu" and "cuda" move them.
    random_state : int, RandomState or None, default=None
        Seeds the net's initialisation and training, inside
        ``torch.random.fork_rng()``.
    embedding : str, default=None
        Name of the layer whose input ``embed`` returns, as in
        ``module.named_modules()``; the last ``nn.Linear`` by default.
    thin : bool, default=True
        Whether to compute a draw as the smaller network that its masks leave, or, on
        an accelerator, several draws in one pass, where the module allows it: the same
        draws to rounding, in less time.

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
    thinned_ : dict of str to str
        For each active dropout layer, by name, "thinned", "thinned after a shared
        prefix", or why it stays under masks: perhaps since one pass makes several
        draws.

    References
    ----------
    .. [1] Gal and Ghahramani, "Dropout as a Bayesian approximation", ICML 2016.

    Examples
    --------
    >>> import torch
    >>> from skorch import NeuralNetClassifier
    >>> from sklearn.datasets import load_digits
    >>> from skactive.samplers import DropoutSampler
    >>> X, y = load_digits(return_X_y=True)
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Dropout(0.5),
    ...     torch.nn.Linear(32, 10),
    ... )
    >>> net = NeuralNetClassifier(
    ...     module, criterion=torch.nn.CrossEntropyLoss, verbose=0, max_epochs=2
    ... )
    >>> sampler = DropoutSampler(net, n_draws=5).fit(X.astype("float32"), y)
    >>> sampler.draw(X[:7].astype("float32"), rng=0).shape
    torch.Size([7, 5, 10])
    >>> sampler.thinned_
    {'2': 'thinned after a shared prefix'}
    """

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "embedding": [str, None],
        "thin": ["boolean"],
    }

    def __init__(
        self,
        estimator,
        *,
        n_draws=50,
        device=None,
        random_state=None,
        embedding=None,
        thin=True,
    ):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )
        self.embedding = embedding
        self.thin = thin

    @staticmethod
    def accepts(final):
        """Whether `final` is a skorch net; skorch itself is not imported."""
        names = {f"{cls.__module__}.{cls.__name__}" for cls in type(final).__mro__}
        return "skorch.net.NeuralNet" in names and (
            "skorch.probabilistic.GPBase" not in names
        )

    def fit(self, X, y, **fit_params):
        """Clone the net and train it; see `PosteriorSampler.fit`."""
        if not self.accepts(unwrap(self.estimator)[1]):
            raise TypeError(f"{self._name} draws from skorch nets only")
        # a torch Dataset holds its own labels
        if self.task == "regression" or y is None or is_frozen(self.estimator):
            return super().fit(X, y, **fit_params)
        self._check_labels(y)
        try:
            super().fit(X, y, **fit_params)
        except IndexError as error:
            if "out of bounds" not in str(error):
                raise
            raise ValueError(self._label_fault(y)) from error
        self._check_labels(y, self.n_outputs_)
        return self

    def _check_labels(self, y, n_labels=np.inf):
        labels = np.unique(to_numpy(y))
        whole = labels.dtype.kind in "iufb" and not (labels % 1 != 0).any()
        if not whole or labels.min() < 0 or labels.max() >= n_labels:
            raise ValueError(self._label_fault(y))
        criterion = unwrap(self.estimator)[1].criterion
        if "BCE" in getattr(criterion, "__name__", "") and labels.dtype.kind != "f":
            raise ValueError(
                f"{self._name} compares labels with probabilities by "
                f"{criterion.__name__}, and {labels.dtype} labels cannot be: give it "
                "y.astype('float32')"
            )

    def _label_fault(self, y):
        return (
            f"{self._name} needs labels 0..c-1, c the width of its output, and was "
            f"given {np.unique(to_numpy(y))}: a net does not encode labels; use "
            "sklearn.preprocessing.LabelEncoder"
        )

    def _count_draws(self):
        return self.n_draws if self._dropouts() else 1

    def _learn_outputs(self, X, y):
        first, two = (self._transform(take_rows(X, slice(0, n))) for n in (1, 2))
        (outputs,) = self._outputs(first, self._repeated)
        self.n_outputs_ = outputs.shape[-1]
        self._row_bytes = outputs.nbytes * self.n_draws_
        if self.task == "classification":
            self.classes_ = np.arange(self.n_outputs_)
        self._learn_forms([two, first])

    def _repeated(self, forward, batch):
        """One forward pass, which has to give what a second one gives."""
        output = forward(batch)
        difference = abs(output - forward(batch)).max()
        if difference > 1e-3 * abs(output).max():
            raise ValueError(
                f"{self._name}: {type(self._final.module_).__name__} is random even "
                "in evaluation mode, so that no draw is a function; use nn.Dropout "
                "(or it writes into what it is given)"
            )
        return output

    def check_randomness(self):
        """Raise ``ValueError`` where the module has no active dropout layer."""
        if not self._dropouts():
            raise ValueError(
                f"{self._name}: {type(self._final.module_).__name__} has no active "
                "dropout layer, so that all draws would be one and the same; put an "
                "nn.Dropout with p > 0 in it (F.dropout is invisible)"
            )

    def _learn_forms(self, batches):
        """Learn in which forms draws are what masks make of them, one at a time."""
        masked = self._draws(0, 2, thin=False)[1]
        pairs = [(X, masked(X)) for X in batches if self._dropouts()]
        if pairs:
            self._check_company(pairs[0][1][:1], pairs[1][1])
        thinner, draws = self._draws(0, 2, thin=self.thin)
        self._thin_fault = fault_of_draws(draws, pairs) if self.thin else "thin=False"
        self.thinned_ = thinner.report(self._thin_fault)
        self._lone = "no accelerator" if self.thin else "thin=False"
        if self.thin and self._is_accelerated():
            self._learn_togetherness(pairs)

    def _check_company(self, beside, alone):
        """Raise ``ValueError`` where draws at a point depend on those beside it."""
        if differ(beside, alone, 0.25) and not differ(alone, alone, 0.25):  # no NaN
            raise ValueError(
                f"{self._name}: what {type(self._final.module_).__name__} makes of a "
                "point depends on the points beside it, so that no draw is a function; "
                "let no layer of it look along axis 0 in evaluation mode"
            )

    def _learn_togetherness(self, pairs):
        """Learn whether one pass can make several draws, and what a draw takes."""
        thinner, draws = self._draws(0, 2, at_once=2)
        self._lone = self._why_alone()
        try:
            with stateless(self._final.module_), warnings.catch_warnings():
                # of an operation that torch.vmap repeats for each draw
                warnings.filterwarnings("error", "There is a performance drop")
                self._lone = self._lone or fault_of_draws(draws, pairs) or thinner.fault
        except Exception as error:  # of torch.vmap, or of a step that it does not take
            said = str(error).partition("\n")[0].partition(". ")[0]
            self._lone = said or type(error).__name__
        self._row_draw_bytes, why = thinner.row_bytes, self._lone
        if not why and self._draws_at_once() == 1 < self.n_draws_:
            why = "working_memory holds no second"
        if not why:
            self.thinned_ = thinner.report()
        for name, how in self.thinned_.items():
            if why not in how:
                self.thinned_[name] = f"{how}; one draw at a time: {why}"

    def _why_alone(self):
        """Why a pass may make one draw only; "" if several."""
        net = self._final
        if not type(net).infer.__module__.startswith("skorch."):
            return f"{type(net).__name__} has an infer of its own"
        if net.module_._forward_hooks or net.module_._forward_pre_hooks:
            return f"{type(net.module_).__name__} has hooks"
        return fault_of(net.module_)

    def _is_accelerated(self):
        return any(p.device.type != "cpu" for p in self._final.module_.parameters())

    def _draws_at_once(self):
        """How many draws one pass makes: as many as ``working_memory`` holds."""
        if self._lone or self._why_alone():
            return 1
        n_bytes = self._batch_rows() * self._row_draw_bytes
        for layer in self._dropouts().values():
            if is_noisy(layer):  # noise, and weights
                n_bytes += 8 * math.prod(layer.noise_shape)
        at_once = get_config()["working_memory"] * 2**20 // max(n_bytes, 1)
        return max(1, min(int(at_once), self.n_draws_))

    def functions(self, rng):
        """Fix the masks of `n_draws_` sub-networks."""
        thin, seed = not self._thin_fault, int(rng.integers(2**63))
        draws = self._draws(seed, self.n_draws_, thin, self._draws_at_once())[1]
        return lambda X: draws(self._transform(X))

    def _draws(self, seed, n_draws, thin=True, at_once=1):
        """Draw sub-networks, and return what may thin them, and them as a function."""
        import torch

        module, dropouts = self._final.module_, self._dropouts()
        masks = Masks(seed, list(dropouts))
        whole = "one pass makes several draws" if at_once > 1 else ""
        thinner = ThinnedForward(module, dropouts, masks, whole)

        def draws(forward, batch):
            def draw(number=None):
                masks.number = number
                masks.calls.clear()
                thinner.new_draw()
                return forward(batch)

            thinner.new_batch()
            if not whole:
                return torch.stack([draw() for masks.draw in range(n_draws)], dim=1)
            outputs = []
            for first in range(0, n_draws, at_once):
                masks.draw = range(first, min(first + at_once, n_draws))
                numbers = torch.arange(len(masks.draw))
                outputs.append(torch.vmap(draw, out_dims=1)(numbers))
            return torch.cat(outputs, dim=1)

        def functions(X):
            with contextlib.ExitStack() as stack:
                for name, layer in dropouts.items():
                    handle = layer.register_forward_hook(masks.hook(name))
                    stack.callback(handle.remove)
                if thin or whole:
                    stack.enter_context(thinned(module, thinner))
                outputs = list(self._outputs(X, draws))
            if dropouts and not masks.calls:
                raise ValueError(
                    f"{self._name}: the forward pass calls none of the dropout layers "
                    f"{list(dropouts)}; call them as modules, uncompiled"
                )
            return torch.cat(outputs)

        return thinner, functions

    def embed(self, X):
        """Input of the last linear layer, or of the layer named `embedding`: (n, d)."""
        import torch

        layer, seen = self._embedding_layer(), []

        def features(forward, batch):
            forward(batch)
            return seen.pop().flatten(start_dim=1)

        handle = layer.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        try:
            return torch.cat(list(self._outputs(self._transform(X), features)))
        finally:
            handle.remove()

    def _embedding_layer(self):
        import torch

        layers = dict(self._final.module_.named_modules())
        if self.embedding is not None:
            if self.embedding not in layers:
                raise ValueError(
                    f"embedding={self.embedding!r} names no layer of the module; its "
                    f"layers are {[name for name in layers if name]}"
                )
            return layers[self.embedding]
        linear = [m for m in layers.values() if isinstance(m, torch.nn.Linear)]
        if not linear:
            raise ValueError(
                f"{self._name} has no nn.Linear whose input could be its features; "
                "name a layer with DropoutSampler(net, embedding=...)"
            )
        return linear[-1]

    def _dropouts(self):
        """Active dropout layers of the fitted module, by name."""
        import torch

        kinds = torch.nn.modules.dropout._DropoutNd
        return {
            name: layer
            for name, layer in self._final.module_.named_modules()
            if (isinstance(layer, kinds) and layer.p > 0) or is_noisy(layer)
        }

    def _outputs(self, X, step):
        """Yield ``step(forward, batch)`` of each batch; leave no trace in the net."""
        import torch
        from skorch.dataset import unpack_data

        net = self._final
        nonlinearity = net._get_predict_nonlinearity()

        def forward(batch):
            output = net.infer(batch)
            output = output[0] if isinstance(output, tuple) else output
            output = nonlinearity(output)
            return output[:, None] if output.ndim == 1 else output

        with torch_chance_kept(), torch.no_grad(), evaluating(net.module_):
            for batch in net.get_iterator(net.get_dataset(X), training=False):
                yield step(forward, unpack_data(batch)[0])

    def _batch_rows(self):
        """Number of rows of a batch; of a chunk, where that is one batch."""
        net = self._final
        batch = net.get_params_for("iterator_valid").get("batch_size", net.batch_size)
        return batch if batch > 0 else chunk_rows(self._row_bytes)

    def _rows_per_chunk(self):
        rows, batch = chunk_rows(self._row_bytes), self._batch_rows()
        # whole batches, one at least: the last bits of a row's draws depend on how many
        # rows its batch holds, and in any memory it has to hold the same
        return max(rows // batch, 1) * batch

    @property
    def _hint(self):
        if self.task == "regression":
            return ""
        return (
            f" The module {type(self._final.module_).__name__} returns something that "
            f"{type(self._final.criterion_).__name__} does not make a probability: "
            "return logits under CrossEntropyLoss, or probabilities under NLLLoss"
        )
