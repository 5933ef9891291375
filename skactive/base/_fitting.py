"""Creation and checks of the sampler of a strategy; layer 4."""

from sklearn.base import clone

from skactive._utils.random_state import state_of
from skactive._utils.scikit_learn import clone_model, is_plain
from skactive.base._delegation import model_of
from skactive.base._labels import check_one_label
from skactive.samplers import PosteriorSampler, as_sampler
from skactive.samplers._seeds import seed_nested
from skactive.samplers._vote import one_model

__all__ = ["FittingMixin"]


class FittingMixin:
    """Create, seed and check the posterior sampler of a strategy."""

    def _check_sampler(self, sampler):
        """Raise an error if the fitted sampler lacks what the strategy needs."""
        if self.needs == "functions":
            sampler.check_randomness()
        elif self.needs == "mean" and not self._decides(sampler):
            sampler.check_mean()

    def _decides(self, sampler):
        """Whether to use the decision function instead of probabilities."""
        return self.takes_decisions and sampler.only_decides

    @property
    def _needs_predictions(self):
        """Whether queries use predictions of the model."""
        return self.needs in ("functions", "mean")

    def _new_sampler(self):
        if self.estimator is None:
            if self._needs_predictions:
                raise TypeError(
                    f"{type(self).__name__} needs an estimator: pass a model or a "
                    "posterior sampler"
                )
            return None
        sampler = self._own_sampler()
        if self.random_state is not None:
            seed_nested(sampler, state_of(self.random_state))
        return sampler

    def _own_sampler(self):
        """Create a sampler that shares nothing with the estimator of the user."""
        if isinstance(self.estimator, PosteriorSampler):
            return clone(self.estimator)
        model = clone_model(one_model(self.estimator))
        sampler = as_sampler(model, self.needs)
        return sampler if _holds_only(sampler, model) else clone(sampler)

    def _check_task(self, y):
        name, model = type(self).__name__, type(model_of(self.estimator)).__name__
        # needs=None: a model for the wrong task is reported before a missing posterior
        task = as_sampler(self.estimator, needs=None).task
        if task not in self.tasks:
            raise ValueError(
                f"{name} is for {self.tasks[0]}, and {model} is a model for {task}"
            )
        if task == "classification":
            check_one_label(y, f"{name}({model})")


def _holds_only(sampler, model):
    """Whether `sampler` was made of `model` and plain values, as all of ours are.

    A registered function may also return one that it shares with others.
    """
    others = (value for name, value in vars(sampler).items() if name != "estimator")
    return sampler.estimator is model and all(is_plain(value) for value in others)
