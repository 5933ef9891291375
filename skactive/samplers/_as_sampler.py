"""Every model as a sampler; layer 3."""

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

# For a mean or features the own predictions of these models are exact, and free. Those
# of skorch are known by the names of their classes, so that skorch is not imported.
FOR_FUNCTIONS: tuple = (
    LinearSampler,
    GPyTorchSampler,
    GaussianProcessSampler,
    LaplaceSampler,
    InnerSampler,
)
# The last is asked first: what draws for itself is left to do so, and a net is drawn
# from by dropout unless it has none.
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
# what makes one prediction of several models, none of which predicts the same
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
    """Wrap a model so that functions can be drawn from it.

    Parameters
    ----------
    estimator : object
        A `PosteriorSampler`, which is returned as it is; a model that is known
        (forests, bagging, voting; Gaussian processes, by skorch those of GPyTorch too;
        Bayesian and logistic regression; skorch nets, by dropout or, without any, by
        their last layer; types given to `register_sampler`), perhaps frozen or at the
        end of a ``Pipeline``; a list of classifiers or of regressors, each of
        which becomes one draw; or any object with ``fit(X, y)`` and
        ``draw(X, rng) -> (n, k, c)``.
    needs : {"functions", "mean", "features", None}, default="functions"
        What will be asked of it. Only "functions" demands a posterior; for the others
        any estimator will do.

    Returns
    -------
    PosteriorSampler
        Not fitted; it holds `estimator` itself, not a copy.

    Raises
    ------
    TypeError
        If the model has no posterior that is known, and one is needed.

    See Also
    --------
    register_sampler : Make models of a type known.

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
        raise TypeError(f"{estimator!r} is a class; give an instance of it")
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
    """Say that a model has no posterior, and what would have one."""
    name = type(final).__name__
    bootstrap = "wrap it as BootstrapSampler(estimator)"
    if is_frozen(estimator):  # which the bootstrap cannot fit again
        bootstrap = f"wrap a {name} that is not frozen as BootstrapSampler(estimator)"
    if isinstance(final, OF_SEVERAL):
        return (
            f"{name} makes one prediction of its models, and has no posterior: "
            "strategies that look at a mean, such as Entropy and Margin, take it as it "
            f"is; where functions are needed, {bootstrap}"
        )
    return (
        f"no posterior is known for {name}: {bootstrap}, or give an ensemble, a "
        "Gaussian process, a Bayesian or logistic regression, a skorch net, "
        "or an object with fit(X, y) and draw(X, rng)"
    )
