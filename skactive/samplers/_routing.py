"""Metadata routing and nested parameters for samplers and strategies; layer 3."""

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)

from skactive._utils.scikit_learn import CachedParameters
from skactive.samplers._unwrap import model_within
from skactive.samplers._vote import one_model

__all__ = [
    "NestedEstimatorMixin",
    "check_requested",
    "known_as",
    "route",
    "weight_of_points",
]


def route(router, method, params):
    """Select the parameters to pass to the model's `method`, by the model's names.

    All of `params` if metadata routing is disabled, else those the model requests. Only
    the code that calls the model itself may use this: it renames a parameter from the
    alias of a request to its own name, which must happen once.
    """
    if not _is_routed(params):
        return params
    return process_routing(router, method, **params).estimator[method]


def check_requested(router, method, params):
    """Raise if metadata routing is enabled and `params` are not all requested.

    Used by strategies, whose sampler does the routing, so that the error names the
    strategy. The parameters are passed on to the sampler without renaming.
    """
    if _is_routed(params):
        process_routing(router, method, **params)


def known_as(router, method, params):
    """Names by which the models in `router` know each of `params`: a dict of sets.

    With metadata routing these are the parameters requested by this alias, an empty set
    if no model requests it.
    """
    if not _is_routed(params):
        return {name: {name} for name in params}
    pairs = set(_requested(get_routing_for_object(router), method))
    return {name: {own for own, alias in pairs if alias == name} for name in params}


def _is_routed(params):
    return bool(params) and get_config()["enable_metadata_routing"]


def _requested(routing, method):
    """Yield name and alias of each parameter that a model below requests."""
    if not isinstance(routing, MetadataRouter):
        for name, requested in getattr(routing, method).requests.items():
            # True, or an alias; False and None mean that it is not requested
            yield name, name if requested is True else requested
        return
    for _, (mapping, below) in routing:
        for caller, callee in mapping:
            if caller == method:
                yield from _requested(below, callee)


def weight_of_points(estimator, fit_params):
    """Find the ``sample_weight`` of a model among the parameters of ``fit``.

    The model may be in pipelines, searches and other meta-estimators, which pass the
    parameter on. Returns None if there is none.
    """
    names = []
    while True:
        within = model_within(estimator)
        if isinstance(estimator, Pipeline):
            name, estimator = estimator.steps[-1]
            names.append(name)
        elif within is not None:
            estimator = within
        else:
            break
    if not get_config()["enable_metadata_routing"]:
        return fit_params.get("__".join([*names, "sample_weight"]))
    requested = _requested(get_routing_for_object(one_model(estimator)), "fit")
    aliases = [alias for own, alias in requested if own == "sample_weight"]
    # members of an ensemble may request it by several names; the first one is taken
    return next((fit_params[name] for name in aliases if name in fit_params), None)


class NestedEstimatorMixin(CachedParameters):
    """Mixin for meta-estimators whose ``estimator`` may be a list of models.

    Parameters of the members are named by index: ``estimator__0__max_depth``.
    """

    def get_metadata_routing(self):
        """Get the metadata routing: fit and score parameters are passed to the model.

        Returns
        -------
        MetadataRouter
            See scikit-learn's user guide on metadata routing.
        """
        router = MetadataRouter(owner=self)
        if self.estimator is not None:
            mapping = MethodMapping()
            mapping.add(caller="fit", callee="fit").add(caller="score", callee="score")
            router.add(estimator=one_model(self.estimator), method_mapping=mapping)
        return router

    def get_params(self, deep=True):
        """Get parameters; those of models in a list are named by index.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of nested models too.

        Returns
        -------
        dict
            Parameter values by name.
        """
        params = super().get_params(deep=deep)
        if deep and isinstance(self.estimator, list | tuple):
            for place, member in enumerate(self.estimator):
                name = f"estimator__{place}"
                params[name] = member
                if hasattr(member, "get_params"):
                    nested = member.get_params().items()
                    params |= {f"{name}__{key}": value for key, value in nested}
        return params

    def set_params(self, **params):
        """Set parameters; those of models in a list are named by index.

        Parameters
        ----------
        **params : dict
            Parameter values by name, such as ``estimator__0__max_depth``.

        Returns
        -------
        self : object
            This estimator.
        """
        if "estimator" in params:
            self.estimator = params.pop("estimator")
        prefix = "estimator__"
        nested = [name for name in params if name.startswith(prefix)]
        if nested and isinstance(self.estimator, list | tuple):
            vote = one_model(self.estimator)
            vote.set_params(**{n.removeprefix(prefix): params.pop(n) for n in nested})
            # a new list, so that the caller's list is not changed
            self.estimator = [member for _, member in vote.estimators]
        return super().set_params(**params)
