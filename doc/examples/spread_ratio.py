"""SpreadRatio: points between two classes, spread over the classes."""

from array_api_compat import array_namespace, device

from skactive import QueryStrategy
from skactive.selection import lazy_greedy


class CloseCalls:
    """``ratio_n / (1 + picks of the same predicted class)``, from mean draws (n, c)."""

    diminishing = True  # a pick can only decrease the gains of other points

    def __init__(self, m_nc):
        self.xp = xp = array_namespace(m_nc)
        self.places_c = xp.arange(m_nc.shape[1], device=device(m_nc))
        self.class_n = xp.argmax(m_nc, axis=1)
        others_nc = xp.where(self.class_n[:, None] == self.places_c, 0.0, m_nc)
        self.ratio_n = xp.max(others_nc, axis=1) / xp.max(m_nc, axis=1)

    def start(self):
        """State of the empty batch: no pick of any class, shape (c,)."""
        return self.xp.zeros_like(self.places_c)

    def gains(self, state, rows=None):
        """Marginal gain of each point (of `rows`)."""
        rows = slice(None) if rows is None else rows
        return self.ratio_n[rows] / (1 + state[self.class_n[rows]])

    def add(self, state, i):
        """State with point `i` added; `state` itself is not changed."""
        return self.xp.where(self.places_c == self.class_n[i], state + 1, state)


class SpreadRatio(QueryStrategy):
    """Select points between two classes, spread over the predicted classes.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler.
    random_state : int, RandomState or None, default=None
        Controls all randomness.
    """

    tasks = ("classification",)
    needs = "mean"

    def _objective(self, X_pool, rng):
        return CloseCalls(self.sampler_.draw(X_pool, rng, then=lambda p: p.mean(1)))

    def _search(self, f, n, rng, terms):
        return lazy_greedy(f, n, **terms.options)
