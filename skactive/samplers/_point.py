"""Models with one prediction and no posterior; layer 3."""

import numpy as np

from skactive.samplers._base import PosteriorSampler
from skactive.samplers._nets import evaluated
from skactive.samplers._vote import aligned_proba

__all__ = ["PointSampler"]


class PointSampler(PosteriorSampler):
    """One prediction as one draw: for strategies that look at the mean alone.

    Parameters
    ----------
    estimator : estimator
        Any classifier with ``predict_proba``, or any regressor. A model without
        probabilities can be fitted and predict, but not be drawn from.
    device : str or None, default=None
        Where the draws go; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        Seeds the training of nets.
    """

    uses_rng = False

    def __init__(self, estimator, *, device=None, random_state=None):
        super().__init__(estimator, n_draws=1, device=device, random_state=random_state)

    def check_mean(self):
        """Raise ``TypeError`` where the model predicts no probabilities."""
        final = self._final
        if self.task == "classification" and not hasattr(final, "predict_proba"):
            raise TypeError(
                f"{type(final).__name__} has no predict_proba; calibrate it with "
                "sklearn.calibration.CalibratedClassifierCV"
            )

    def functions(self, rng):
        """Return the one function that the model is."""

        def functions(X):
            X = self._transform(X)
            if self.task == "classification":
                return aligned_proba(self._final, X, self.classes_)[:, None, :]
            values = evaluated(self._final).predict(X)
            return np.reshape(values, (-1, 1, self.n_outputs_))

        return functions
