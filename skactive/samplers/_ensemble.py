"""EnsembleSampler: each member of an ensemble is one draw; layer 3."""

import numpy as np
from scipy.sparse import issparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.utils import gen_batches, get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import validate_data

from skactive.samplers._base import PosteriorSampler
from skactive.samplers._nets import evaluated, logits_hint
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers._vote import ClassifierVote, RegressorVote, aligned_proba

__all__ = ["EnsembleSampler"]

FORESTS = (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
BAGGING = (BaggingClassifier, BaggingRegressor)
VOTING = (VotingClassifier, VotingRegressor)
# of points times trees whose leaves one thread looks up at a time: 4 MB of indices
LEAVES_AT_ONCE = 500_000
VOTES = (ClassifierVote, RegressorVote)
CALIBRATED = (CalibratedClassifierCV,)


class EnsembleSampler(PosteriorSampler):
    """Draw members of an ensemble: a forest, bagging, voting, or a list of models.

    Members that were fitted on resampled data, or with different seeds, serve as draws
    from a posterior over functions [1]_. `as_sampler` wraps ensembles in this class;
    use it directly to draw a subset of the members or to move the draws to a device.

    Parameters
    ----------
    estimator : estimator
        A random forest, extra trees, bagging or voting, as classifier or regressor;
        ``CalibratedClassifierCV``, whose members are the models of its splits; or a
        list of models. It may be frozen or at the end of a ``Pipeline``.
    n_draws : int, default=None
        Number of members drawn per query, without replacement; all by default.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        Seed of the training of nets among the members.

    Attributes
    ----------
    estimator_ : estimator
        The fitted ensemble.
    classes_ : ndarray of shape (c,)
        The classes (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.

    References
    ----------
    .. [1] Lakshminarayanan, Pritzel and Blundell, "Simple and scalable predictive
       uncertainty estimation using deep ensembles", NeurIPS 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive.samplers import EnsembleSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(n_estimators=20, random_state=0)
    >>> EnsembleSampler(forest, n_draws=10).fit(X, y).draw(X, rng=0).shape
    (150, 10, 3)
    """

    def __init__(self, estimator, *, n_draws=None, device=None, random_state=None):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )

    @staticmethod
    def accepts(final):
        """Whether this sampler draws from models like `final`."""
        return isinstance(final, FORESTS + BAGGING + VOTING + VOTES + CALIBRATED)

    @property
    def uses_rng(self):
        """Whether a subset of the members is drawn at random."""
        return self.n_draws_ < len(self._members())

    def _members(self):
        if isinstance(self._final, CALIBRATED):
            return self._final.calibrated_classifiers_
        return self._final.estimators_

    @property
    def _hint(self):
        return logits_hint([unwrap(member)[1] for member in self._members()])

    def _count_draws(self):
        if not self.accepts(self._final):
            raise TypeError(
                f"{self._name}: the model is not an ensemble whose members are draws; "
                "use a forest, bagging, voting, calibration, a list of models, or "
                "BootstrapSampler(estimator)"
            )
        n_members = len(self._members())
        if getattr(self._final, "weights", None) is not None:
            raise ValueError(
                f"{self._name} has weights, but draws must be equally likely; leave "
                "the weights out"
            )
        if self.n_draws is not None and not 1 <= self.n_draws <= n_members:
            raise ValueError(
                f"n_draws={self.n_draws} must be between 1 and the number of members, "
                f"{n_members}, or None for all"
            )
        return n_members if self.n_draws is None else self.n_draws

    def check_randomness(self):
        """Raise ``ValueError`` for a single member, which cannot disagree."""
        if self.n_draws_ < 2:
            raise ValueError(
                f"{self._name} has a single member, which cannot disagree with itself; "
                "use more members, or BootstrapSampler(estimator)"
            )

    def functions(self, rng):
        """Return the members, or a random subset of `n_draws` of them."""
        n_members = len(self._members())
        # sorted, so that members keep their order if all of them are drawn
        chosen = np.sort(rng.permutation(n_members)[: self.n_draws_])
        if isinstance(self._final, FORESTS):
            of_features = self._trees(chosen)
        elif isinstance(self._final, BAGGING):
            of_features = self._bags(chosen)
        elif isinstance(self._final, CALIBRATED):
            of_features = self._calibrated(chosen)
        else:
            of_features = self._voters(chosen)
        return lambda X: of_features(self._transform(X))

    def _trees(self, chosen):
        """Evaluate trees by looking up leaf values in one table for all trees.

        A tree's values have shape (nodes, outputs, classes), where one of outputs and
        classes is 1.
        """
        forest = self._final
        trees = [forest.estimators_[i] for i in chosen]
        table = np.concatenate([tree.tree_.value for tree in trees])
        table = table.reshape(len(table), self.n_outputs_)
        first_k = np.cumsum([0] + [tree.tree_.node_count for tree in trees[:-1]])

        def fill(outputs, X):
            # mode="clip" makes take write to out without a buffer; indices are in range
            table.take(_leaves(trees, first_k, X), axis=0, out=outputs, mode="clip")

        def functions(X):
            X = self._as_trees_read(X)
            outputs = np.empty((X.shape[0], len(trees), self.n_outputs_), table.dtype)
            parts = gen_batches(X.shape[0], LEAVES_AT_ONCE // len(trees) + 1)
            Parallel(n_jobs=forest.n_jobs, prefer="threads")(  # they release the GIL
                delayed(fill)(outputs[part], X[part]) for part in parts
            )
            return outputs

        return functions

    def _as_trees_read(self, X):
        """Validate points once for all trees: float32, CSR if sparse."""
        forest, sparse = self._final, issparse(X)
        nan = get_tags(forest).input_tags.allow_nan and not sparse
        return validate_data(
            forest,
            X,
            reset=False,
            accept_sparse="csr",
            accept_large_sparse=False,
            dtype=np.float32,
            ensure_all_finite="allow-nan" if nan else True,
        )

    def _bags(self, chosen):
        """Evaluate members of bagging on the features each was trained on."""
        bagging = self._final
        bags = [
            (bagging.estimators_[i], bagging.estimators_features_[i]) for i in chosen
        ]

        def functions(X):
            X = validate_data(
                bagging,
                X,
                reset=False,
                accept_sparse=["csr", "csc"],
                dtype=None,
                ensure_all_finite=False,
            )
            outputs = [self._output(bag, X[:, columns]) for bag, columns in bags]
            return np.stack(outputs, axis=1)

        return functions

    def _calibrated(self, chosen):
        """Evaluate calibrated members, which know all classes."""
        members = [self._final.calibrated_classifiers_[i] for i in chosen]
        return lambda X: np.stack(
            [evaluated(m).predict_proba(X) for m in members], axis=1
        )

    def _voters(self, chosen):
        members = [self._final.estimators_[i] for i in chosen]
        return lambda X: np.stack([self._output(m, X) for m in members], axis=1)

    def _output(self, member, X):
        """Probabilities or values predicted by one member: (n, c)."""
        if self.task == "regression":
            return np.reshape(evaluated(member).predict(X), (-1, self.n_outputs_))
        hard = getattr(self._final, "voting", "soft") == "hard"
        # bagging and voting train their members on indices into classes_ instead of
        # labels; a frozen member predicts labels, but a hard vote counts indices all
        # the same
        frozen = is_frozen(member) and not hard
        encoded = isinstance(self._final, BAGGING + VOTING) and not frozen
        classes = np.arange(self.n_outputs_) if encoded else self.classes_
        return aligned_proba(member, X, classes, hard=hard)


def _leaves(trees, first_k, X):
    """Index in the table of the leaf each point reaches: (n, k), C-contiguous."""
    leaves = np.empty((len(trees), X.shape[0]), dtype=np.intp)
    for tree, first, leaf in zip(trees, first_k, leaves, strict=True):
        np.add(tree.apply(X, check_input=False), first, out=leaf)
    return np.ascontiguousarray(leaves.T)
