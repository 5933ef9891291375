"""Models of the survey's scripts."""

import sys
from pathlib import Path

from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.svm import SVC

__all__ = ["CLASSIFIERS", "REGRESSORS", "TwoModels", "dropout_net"]

TREES = 50


def forest():
    """A forest with two or more points per leaf, as fully grown trees leave ties."""
    return RandomForestClassifier(TREES, min_samples_leaf=2)


def calibrated_svm():
    """An SVM with probabilities, in two folds, as a class may have only two labels."""
    return CalibratedClassifierCV(SVC(gamma="auto"), ensemble=False, cv=2)


def kernel():
    """A Gaussian kernel whose size and length scale are fitted, starting from 10."""
    return ConstantKernel(1.0) * RBF(10.0, (0.1, 1e3))


def dropout_net(n_features, n_classes):
    """One hidden layer with dropout, by 400 steps of Adam, as a sampler."""
    folder = str(Path(__file__).parents[1])
    if folder not in sys.path:
        sys.path.append(folder)
    import models  # torch is imported only where a net is trained

    return models.features_sampler(
        n_features, n_draws=50, epochs=20, device="cpu", n_classes=n_classes
    )


# Models by name; called with the numbers of features and classes
CLASSIFIERS = {
    "logistic": lambda d, c: LogisticRegression(max_iter=1000),
    "forest": lambda d, c: forest(),
    "svm": lambda d, c: calibrated_svm(),
    "mlp": dropout_net,
    "gp": lambda d, c: GaussianProcessClassifier(kernel()),
}
REGRESSORS = {
    "linear": lambda: BayesianRidge(),
    "forest": lambda: RandomForestRegressor(TREES, min_samples_leaf=2),
    "gp": lambda: GaussianProcessRegressor(
        kernel() + WhiteKernel(0.1), normalize_y=True
    ),
}


class TwoModels(ClassifierMixin, BaseEstimator):
    """One classifier to query by, and another to predict and to be scored.

    Parameters
    ----------
    asked : classifier
        Its probabilities are used by a strategy.
    scored : classifier
        Its predictions are scored.
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
        """Probabilities by the classifier to query by."""
        return self.asked_.predict_proba(X)

    def predict(self, X):
        """Classes by the classifier to be scored."""
        return self.scored_.predict(X)
