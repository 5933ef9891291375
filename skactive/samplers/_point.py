"""PointSampler: a single prediction of a model without a posterior; layer 3."""

import numpy as np

from skactive._utils.array import chunk_rows, map_rows
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._decisions import decision_values
from skactive.samplers._nets import evaluated
from skactive.samplers._vote import aligned_proba

__all__ = ["PointSampler"]


class PointSampler(PosteriorSampler):
    """Use the prediction of any model as a single draw.

    Parameters
    ----------
    estimator : estimator
        Any classifier with ``predict_proba``, or any regressor. A classifier without
        probabilities can be fitted and predict, but gives no draws.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        Seed of the training of nets.
    """

    uses_rng = False

    def __init__(self, estimator, *, device=None, random_state=None):
        super().__init__(estimator, n_draws=1, device=device, random_state=random_state)

    def check_mean(self):
        """Raise ``TypeError`` if a classifier has no ``predict_proba``."""
        final = self._final
        if self.task == "classification" and not hasattr(final, "predict_proba"):
            raise TypeError(
                f"{type(final).__name__} has no predict_proba; calibrate it with "
                "sklearn.calibration.CalibratedClassifierCV"
            )

    @property
    def only_decides(self):
        """Whether a classifier has a ``decision_function`` but no probabilities."""
        final = self._final
        return (
            self.task == "classification"
            and not hasattr(final, "predict_proba")
            and hasattr(final, "decision_function")
        )

    def decide(self, X, first=0):
        """Evaluate the decision function in chunks, with one value per class.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.
        first : int, default=0
            Number, in the pool, of the first point, from which error messages count.

        Returns
        -------
        ndarray of shape (n, c)
            One-vs-rest values. The single value ``f`` of two classes is returned as
            ``(-f / 2, f / 2)``, whose difference is ``f``.

        Raises
        ------
        ValueError
            If the values are one-vs-one, have another shape, or are not finite.
        """

        def chunk(rows):
            part = self._transform(take_rows(X, rows))
            return decision_values(
                self._final, part, self.n_outputs_, first + rows.start
            )

        return map_rows(chunk, n_rows(X), chunk_rows(8 * self.n_outputs_))

    def functions(self, rng):
        """Return the prediction of the model as the only function."""

        def functions(X):
            X = self._transform(X)
            if self.task == "classification":
                return aligned_proba(self._final, X, self.classes_)[:, None, :]
            values = evaluated(self._final).predict(X)
            return np.reshape(values, (-1, 1, self.n_outputs_))

        return functions
