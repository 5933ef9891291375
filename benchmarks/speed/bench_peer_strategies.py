"""Whole queries against the same strategies of other libraries, in one run.

    python -m venv peers
    peers/bin/pip install -e . scikit-activeml modAL-python small-text
    peers/bin/python benchmarks/speed/bench_peer_strategies.py [--quick]

In an environment of its own, since the peers pin versions of theirs. Each library gets
the same labelled points, the same pool and the same fitted model, and is timed from
there on. Asserted: no peer is faster by more than 5 ms. Printed is how many picks two
batches share: all of them where a strategy is deterministic.
modAL 0.4.2 cannot import its expected error reduction with NumPy 1.24 or newer, so that
it is compared with scikit-activeml alone.
"""

import warnings

import numpy as np
from measure import begin, command_line, least_times
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import skactive

D, C = 20, 5
CHECKS = 0.005  # seconds for checks of pool and model, which modAL does not make
COMPARED = []  # functions, each of one strategy, in the order of the table


def compared(function):
    """Register a comparison."""
    COMPARED.append(function)
    return function


class Data:
    """Labelled points and a pool, and both in the form that scikit-activeml takes."""

    def __init__(self, n, n_labelled=100, seed=0):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(n_labelled + n, D))
        outputs = X @ rng.normal(size=(D, C)) + rng.normal(size=(len(X), C))
        self.values, y = outputs[:, 0], outputs.argmax(axis=1)
        self.X, self.pool = X[:n_labelled], X[n_labelled:]
        self.y = y[:n_labelled]
        self.all = X
        self.with_missing = np.where(np.arange(len(X)) < n_labelled, y, np.nan)
        self.values_with_missing = np.where(np.isnan(self.with_missing), np.nan, 0.0)
        self.values_with_missing[:n_labelled] = self.values[:n_labelled]

    def ours(self, strategy, b, y=None):
        """Fit a strategy; return a function that queries it."""
        strategy.fit(self.X, self.y if y is None else y)
        return lambda: strategy.query(self.pool, b)

    def activeml(self, strategy, b, *model, y=None, **options):
        """Return a function that queries scikit-activeml for rows of the pool."""
        y = self.with_missing if y is None else y

        def query():
            rows = strategy.query(self.all, y, *model, batch_size=b, **options)
            return np.asarray(rows) - len(self.X)

        return query


def activeml_classifier(model, data):
    """A fitted scikit-learn classifier in scikit-activeml's wrapper."""
    from skactiveml.classifier import SklearnClassifier

    wrapped = SklearnClassifier(model, classes=np.arange(C))
    return wrapped.fit(data.X, data.y)


def logistic():
    """The classifier of most comparisons."""
    return LogisticRegression(max_iter=1000)


@compared
def margin(data, b):
    """Smallest margins: sorting of probabilities."""
    from modAL.models import ActiveLearner
    from modAL.uncertainty import margin_sampling
    from skactiveml.pool import UncertaintySampling

    learner = ActiveLearner(logistic(), X_training=data.X, y_training=data.y)
    model = activeml_classifier(logistic(), data)
    theirs = UncertaintySampling("margin_sampling", random_state=0)
    return data.ours(skactive.Margin(logistic()), b), {
        "modAL": lambda: margin_sampling(learner, data.pool, b),
        "scikit-activeml": data.activeml(theirs, b, model, fit_clf=False),
    }


@compared
def core_set(data, b):
    """Farthest points first."""
    from skactiveml.pool import CoreSet
    from small_text.query_strategies.coresets import greedy_coreset

    # the pool comes first, as small-text takes positions among unlabelled rows for rows
    # of x
    both = np.concatenate([data.pool, data.X])
    pool, labelled = np.split(np.arange(len(both)), [len(data.pool)])

    def small_text():
        options = {"distance_metric": "euclidean"}
        return greedy_coreset(both, pool, labelled, b, **options)

    return data.ours(skactive.CoreSet(logistic()), b), {
        "scikit-activeml": data.activeml(CoreSet(random_state=0), b),
        "small-text": small_text,
    }


@compared
def max_herding(data, b):
    """Coverage by a Gaussian kernel of one bandwidth."""
    from skactiveml.pool import MaxHerding

    ours = skactive.MaxHerding(bandwidth=D**0.5)
    options = {"normalize_samples": False, "metric_dict": {"gamma": 1 / D}}
    theirs = MaxHerding(**options, random_state=0)
    return data.ours(ours, b), {"scikit-activeml": data.activeml(theirs, b)}


@compared
def badge(data, b):
    """k-means++ on gradients; batches are random, so they are not compared."""
    from skactiveml.pool import Badge

    model = activeml_classifier(logistic(), data)
    return data.ours(skactive.BADGE(logistic(), random_state=0), b), {
        "scikit-activeml (random)": data.activeml(
            Badge(random_state=0), b, model, fit_clf=False
        )
    }


@compared
def typi_clust(data, b):
    """Typical points of clusters; k-means is random, so batches are not compared."""
    from skactiveml.pool import TypiClust

    return data.ours(skactive.TypiClust(logistic(), random_state=0), b), {
        "scikit-activeml (random)": data.activeml(TypiClust(random_state=0), b)
    }


@compared
def bald(data, b):
    """Mutual information of 20 random trees, single points."""
    from skactiveml.pool import GreedyBALD

    trees = [
        DecisionTreeClassifier(max_features=2, min_samples_leaf=2, random_state=seed)
        for seed in range(20)
    ]
    committee = [activeml_classifier(tree, data) for tree in trees]
    ours = skactive.BALD([FrozenEstimator(tree.estimator_) for tree in committee])
    return data.ours(ours, b), {
        "scikit-activeml": data.activeml(
            GreedyBALD(random_state=0), b, committee, fit_ensemble=False
        )
    }


@compared
def greedy_sampling(data, b):
    """Greedy sampling of features, for regression."""
    from skactiveml.pool import GreedySamplingX

    y = data.values[: len(data.X)]
    ours = skactive.GreedySampling(LinearRegression(), on="x")
    theirs = data.activeml(
        GreedySamplingX(random_state=0), b, y=data.values_with_missing
    )
    return data.ours(ours, b, y), {"scikit-activeml": theirs}


@compared
def expected_error_reduction(data, b):
    """A refit for each candidate and class, on the first 50 points of the pool."""
    from skactiveml.pool import MonteCarloEER

    few = Data(50)
    model = activeml_classifier(GaussianNB(), few)
    ours = skactive.ExpectedErrorReduction(
        GaussianNB(), loss="zero_one", n_candidates=None
    )
    theirs = few.activeml(MonteCarloEER(random_state=0), 1, model, X_eval=few.pool)
    return few.ours(ours, 1), {"scikit-activeml": theirs}


def told(name, time, batch, our_time, ours):
    """Print a peer's row, and yield what contradicts the claims."""
    shared = len(np.intersect1d(ours, batch))
    print(
        f"    {name}: {1e3 * time:.1f} ms, {time / our_time:.1f} times; "
        f"{shared} of {len(ours)} picks"
    )
    if "random" not in name and shared < len(ours):
        yield f"other picks than {name}"
    if time + CHECKS < our_time:
        yield f"slower than {name}"


def main(argv=None):
    """Run all comparisons, print a table and assert the claims."""
    quick = begin(command_line(__doc__, "a pool of 500 points"), argv).quick
    n, b = (500, 10) if quick else (5_000, 50)
    print(f"pool of {n} points of {D} features, batches of {b}")
    wrong = []
    for make in COMPARED:
        with warnings.catch_warnings():  # raised by the peers
            warnings.simplefilter("ignore")
            ours, others = make(Data(n), b)
            times, batches = least_times([ours, *others.values()], repeats=2)
        print(f"{make.__name__}: {1e3 * times[0]:.1f} ms")
        for peer in zip(others, times[1:], batches[1:], strict=True):
            found = told(*peer, times[0], batches[0])
            wrong += [f"{make.__name__}: {what}" for what in found]
    assert not wrong, wrong


if __name__ == "__main__":
    main()
