"""Every model as a sampler; layer 2."""

from sklearn.base import is_classifier, is_regressor

from skactive.samplers._base import PosteriorSampler, unwrap
from skactive.samplers._ensemble import EnsembleSampler
from skactive.samplers._linear import LinearSampler
from skactive.samplers._point import PointSampler
from skactive.samplers._third_party import ThirdPartySampler
from skactive.samplers._vote import one_model
from skactive.samplers.dropout._sampler import DropoutSampler
from skactive.samplers.gaussian_process._gpytorch import GPyTorchSampler
from skactive.samplers.gaussian_process._sampler import GaussianProcessSampler

__all__ = ["as_sampler"]

# asked in turn; the last two only where functions are needed: for a mean or features,
# the model's own predictions are exact, and free
ADAPTERS = (ThirdPartySampler, EnsembleSampler, DropoutSampler)
POSTERIORS = (GaussianProcessSampler, GPyTorchSampler, LinearSampler)


def as_sampler(estimator, needs="functions"):
    """Wrap a model so that functions can be drawn from it.

    Parameters
    ----------
    estimator : object
        A `PosteriorSampler`, which is returned as it is; a model that an adapter knows
        (forests, bagging, voting; Gaussian processes, by skorch those of GPyTorch too;
        Bayesian and logistic regression; skorch nets with dropout), perhaps frozen or
        at the end of a ``Pipeline``; a list of classifiers or of regressors, each of
        which becomes one draw; or any object with ``fit(X, y)`` and ``draw(X, rng) ->
        (n, k, c)``.
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
        If the model has no posterior that an adapter knows, and one is needed.

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
    for adapter in ADAPTERS + (POSTERIORS if needs == "functions" else ()):
        if adapter.accepts(final):
            return adapter(estimator)
    if needs == "functions" or not _predicts(final):
        raise TypeError(
            f"no posterior is known for {type(final).__name__}: wrap it as "
            "BootstrapSampler(estimator), or give an ensemble, a Gaussian process, a "
            "Bayesian or logistic regression, a skorch net with dropout, or an object "
            "with fit(X, y) and draw(X, rng)"
        )
    return PointSampler(estimator)


def _predicts(estimator):
    tagged = hasattr(estimator, "__sklearn_tags__")
    return tagged and (is_classifier(estimator) or is_regressor(estimator))
