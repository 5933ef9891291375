"""Metadata routing, and parameters of models in a list; layer 3.

What strategies, samplers and votes share of scikit-learn's manners.
"""

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)

from skactive._utils.scikit_learn import CachedParameters
from skactive.samplers._vote import one_model

__all__ = [
    "NestedEstimatorMixin",
    "check_requested",
    "known_as",
    "route",
    "weight_of_points",
]


def route(router, method, params):
    """Parameters for the model's `method`, by the names that the model gives them.

    All of `params` where metadata routing is off; what the model requested where it is
    on. For whoever calls the model itself, and for nobody else: a parameter is renamed
    once, from the alias of the request to its own name.
    """
    if not _is_routed(params):
        return params
    return process_routing(router, method, **params).estimator[method]


def check_requested(router, method, params):
    """Raise where metadata routing is on, and `params` are not what was requested.

    For a strategy, whose sampler routes: the error names the strategy, and the
    parameters go on by the names that they came with.
    """
    if _is_routed(params):
        process_routing(router, method, **params)


def known_as(router, method, params):
    """Names by which the models in `router` know each of `params`: a dict of sets.

    With metadata routing, those of the parameters that go by this alias; none where
    nobody takes it.
    """
    if not _is_routed(params):
        return {name: {name} for name in params}
    pairs = set(_requested(get_routing_for_object(router), method))
    return {name: {own for own, alias in pairs if alias == name} for name in params}


def _is_routed(params):
    return bool(params) and get_config()["enable_metadata_routing"]


def _requested(routing, method):
    """Pairs of a parameter's name and its alias, of all models below."""
    if not isinstance(routing, MetadataRouter):
        for name, requested in getattr(routing, method).requests.items():
            # True, or the name it goes by; False and None are no request
            yield name, name if requested is True else requested
        return
    for _, (mapping, below) in routing:
        for caller, callee in mapping:
            if caller == method:
                yield from _requested(below, callee)


def weight_of_points(estimator, fit_params):
    """Find the ``sample_weight`` that the model at the end of pipelines is fitted with.

    None if there is none.
    """
    names = []
    while isinstance(estimator, Pipeline):
        name, estimator = estimator.steps[-1]
        names.append(name)
    if not get_config()["enable_metadata_routing"]:
        return fit_params.get("__".join([*names, "sample_weight"]))
    requested = get_routing_for_object(estimator).fit.requests.get("sample_weight")
    # True, or the name it goes by; False and None are no request
    name = "sample_weight" if requested is True else requested
    return fit_params.get(name)


class NestedEstimatorMixin(CachedParameters):
    """A meta-estimator whose ``estimator`` may be a list of models.

    The members of a list are named by their place: ``estimator__0__max_depth``.
    """

    def get_metadata_routing(self):
        """Get the routing of metadata: fit and score parameters go to the model.

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
        """Get the parameters, those of models in a list by their place.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of nested models too.

        Returns
        -------
        dict
            Names and values.
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
        """Set parameters, those of models in a list by their place.

        Parameters
        ----------
        **params : dict
            Names, such as ``estimator__0__max_depth``, and values.

        Returns
        -------
        self : object
            The same estimator.
        """
        if "estimator" in params:
            self.estimator = params.pop("estimator")
        prefix = "estimator__"
        nested = [name for name in params if name.startswith(prefix)]
        if nested and isinstance(self.estimator, list | tuple):
            vote = one_model(self.estimator)
            vote.set_params(**{n.removeprefix(prefix): params.pop(n) for n in nested})
            # another list: the caller's own stays as it is
            self.estimator = [member for _, member in vote.estimators]
        return super().set_params(**params)
