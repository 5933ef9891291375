"""Choose the sampler for a model; layer 3."""

from typing import Any

from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.multiclass import (
    OneVsOneClassifier,
    OneVsRestClassifier,
    OutputCodeClassifier,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain

from skactive.samplers import _registry
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._ensemble import EnsembleSampler
from skactive.samplers._inner import InnerSampler
from skactive.samplers._linear import LinearSampler
from skactive.samplers._point import PointSampler
from skactive.samplers._third_party import ThirdPartySampler
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers._vote import one_model, predicts
from skactive.samplers.dropout._sampler import DropoutSampler
from skactive.samplers.gaussian_process._gpytorch import GPyTorchSampler
from skactive.samplers.gaussian_process._sampler import GaussianProcessSampler
from skactive.samplers.laplace._sampler import LaplaceSampler

__all__ = ["as_sampler"]

# For a mean or features, these models' own predictions are exact and cost nothing, so
# they are wrapped only where functions are needed.
FOR_FUNCTIONS: tuple = (
    LinearSampler,
    GPyTorchSampler,
    GaussianProcessSampler,
    LaplaceSampler,
    InnerSampler,
)
# Later samplers are asked first: objects that draw for themselves are left to do so,
# and a net is sampled by dropout if it has dropout layers, else by its last layer.
ORDER: tuple = (
    LinearSampler,
    GPyTorchSampler,
    GaussianProcessSampler,
    DropoutSampler,
    LaplaceSampler,
    InnerSampler,
    EnsembleSampler,
    ThirdPartySampler,
)
# meta-estimators that combine models trained on different targets: their members do not
# predict the same thing, so they are not draws
OF_SEVERAL = (
    StackingClassifier,
    StackingRegressor,
    OneVsRestClassifier,
    OneVsOneClassifier,
    OutputCodeClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
for cls in ORDER:
    _registry.add(cls, cls.accepts, cls, functions_only=cls in FOR_FUNCTIONS)


def as_sampler(estimator: Any, needs: str | None = "functions") -> PosteriorSampler:
    """Wrap a model in a sampler that draws functions from its posterior.

    Parameters
    ----------
    estimator : object
        The model: a `PosteriorSampler`, which is returned as it is; a supported model
        (forests, bagging, voting; Gaussian processes of scikit-learn, and of GPyTorch
        through skorch; Bayesian and logistic regression; skorch nets, by dropout or,
        without dropout layers, by their last layer; types passed to
        `register_sampler`), which may be frozen or at the end of a ``Pipeline``; a list
        of classifiers or regressors, each of which gives one draw; or any object with
        ``fit(X, y)`` and ``draw(X, rng) -> (n, k, c)``.
    needs : {"functions", "mean", "features", None}, default="functions"
        What the sampler is used for. Only "functions" requires a posterior; any
        estimator can be used for the others.

    Returns
    -------
    PosteriorSampler
        The sampler, not fitted. It holds `estimator` itself, not a copy.

    Raises
    ------
    TypeError
        If a posterior is needed and the model has none that is supported.

    See Also
    --------
    register_sampler : Add support for models of a type.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive.samplers import as_sampler
    >>> as_sampler(RandomForestClassifier())
    EnsembleSampler(estimator=RandomForestClassifier())
    >>> as_sampler(GaussianNB())
    Traceback (most recent call last):
        ...
    TypeError: no posterior is known for GaussianNB: ...
    """
    if isinstance(estimator, type):
        raise TypeError(f"estimator={estimator!r} is a class; pass an instance of it")
    if isinstance(estimator, PosteriorSampler):
        return estimator
    estimator = one_model(estimator)
    final = unwrap(estimator)[1]
    factory = _registry.find(final, needs)
    if factory is not None:
        return _made_by(factory, estimator)
    if needs == "functions" or not predicts(final):
        raise TypeError(_unknown(estimator, final))
    return PointSampler(estimator)


def _made_by(factory, estimator):
    sampler = factory(estimator)
    if not isinstance(sampler, PosteriorSampler):
        raise TypeError(
            f"{factory!r}, registered for {type(unwrap(estimator)[1]).__name__}, "
            f"returned a {type(sampler).__name__}, not a PosteriorSampler"
        )
    return sampler


def _unknown(estimator, final):
    """Error message for a model without a posterior, with the remedies."""
    name = type(final).__name__
    bootstrap = "use BootstrapSampler(estimator)"
    if is_frozen(estimator):  # the bootstrap must refit it
        bootstrap = f"use BootstrapSampler of a {name} that is not frozen"
    if isinstance(final, OF_SEVERAL):
        return (
            f"{name} combines its models to one prediction and has no posterior. "
            "Strategies that only need a mean prediction, such as Entropy and Margin, "
            f"accept it; where functions are needed, {bootstrap}"
        )
    return (
        f"no posterior is known for {name}: {bootstrap}, an ensemble, a Gaussian "
        "process, a Bayesian or logistic regression, a skorch net, or an object with "
        "fit(X, y) and draw(X, rng)"
    )
