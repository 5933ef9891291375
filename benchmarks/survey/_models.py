"""Models of the survey's scripts."""

from sklearn.base import BaseEstimator, ClassifierMixin, clone

__all__ = ["TwoModels"]


class TwoModels(ClassifierMixin, BaseEstimator):
    """One classifier to query by, another to predict and be scored by.

    Parameters
    ----------
    asked : classifier
        Its probabilities are what a strategy sees.
    scored : classifier
        Its predictions are what counts.
    """

    def __init__(self, asked, scored):
        self.asked = asked
        self.scored = scored

    def fit(self, X, y):
        """Fit both."""
        self.asked_ = clone(self.asked).fit(X, y)
        self.scored_ = clone(self.scored).fit(X, y)
        self.classes_ = self.asked_.classes_
        return self

    def predict_proba(self, X):
        """Probabilities of the classifier to query by."""
        return self.asked_.predict_proba(X)

    def predict(self, X):
        """Classes by the classifier to be scored."""
        return self.scored_.predict(X)
