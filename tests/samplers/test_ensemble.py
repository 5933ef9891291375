import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skactive import testing
from skactive.samplers import EnsembleSampler, _ensemble, as_sampler
from skactive.samplers._unwrap import unwrap
from skactive.samplers._vote import ClassifierVote
from tests import zoo

CASES = [
    name
    for name, make in zoo.CASES.items()
    if isinstance(as_sampler(make()[0]), EnsembleSampler)
]
WHOLE = [name for name in CASES if name != "forest-subset"]  # all members are drawn


def by_hand(sampler, X):
    """Every member's prediction, by loops over members and classes: (n, k, c)."""
    transforms, ensemble = unwrap(sampler.estimator_)
    for transform in transforms:
        X = transform.transform(X)
    columns = getattr(ensemble, "estimators_features_", None)
    draws = []
    for k, member in enumerate(ensemble.estimators_):
        X_k = X if columns is None else X[:, columns[k]]
        if sampler.task == "regression":
            draws.append(member.predict(X_k).reshape(X.shape[0], -1))
        else:
            draws.append(_proba_by_hand(ensemble, member, X_k, sampler.classes_))
    return np.stack(draws, axis=1)


def _proba_by_hand(ensemble, member, X, classes):
    """By a loop over classes; members of scikit-learn's ensembles predict indices."""
    hard = getattr(ensemble, "voting", "soft") == "hard"
    by_label = isinstance(ensemble, ClassifierVote) or isinstance(
        member, FrozenEstimator
    )
    p_nc = np.zeros((X.shape[0], len(classes)))
    for c, label in enumerate(classes):
        known = label if by_label else c
        if hard or not hasattr(member, "predict_proba"):
            p_nc[:, c] = member.predict(X) == known
        elif known in list(member.classes_):
            p_nc[:, c] = member.predict_proba(X)[:, list(member.classes_).index(known)]
    return p_nc


@pytest.mark.parametrize("name", WHOLE)
def test_draws_are_the_members_one_by_one(name):
    sampler, X, _ = zoo.fitted(name)
    assert_allclose(sampler.draw(X, 0), by_hand(sampler, X), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [n for n in WHOLE if "hard" not in n])
def test_mean_of_the_draws_is_what_the_ensemble_predicts(name):
    sampler, X, _ = zoo.fitted(name)
    model = sampler.estimator_
    mean = sampler.draw(X, 0).mean(axis=1)
    if sampler.task == "regression":
        assert_allclose(mean.squeeze(), model.predict(X), rtol=1e-10, atol=1e-12)
    else:
        assert_array_equal(sampler.classes_, model.classes_)
        assert_allclose(mean, model.predict_proba(X), rtol=1e-10, atol=1e-12)


def test_a_hard_vote_draws_what_its_members_say():
    sampler, X, _ = zoo.fitted("hard-vote")
    draws = sampler.draw(X, 0)
    assert set(np.unique(draws)) == {0.0, 1.0}
    said_nk = sampler.classes_[draws.argmax(axis=2)]
    vote = sampler.estimator_
    for k, member in enumerate(vote.estimators_):
        assert_array_equal(said_nk[:, k], vote.le_.inverse_transform(member.predict(X)))


def test_members_that_miss_classes_give_them_no_probability():
    sampler, X, _ = zoo.fitted("bags-that-miss-classes")
    draws = sampler.draw(X, 0)
    missed = 0
    for k, member in enumerate(sampler.estimator_.estimators_):
        unseen = np.setdiff1d(np.arange(3), member.classes_)
        assert (draws[:, k, unseen] == 0).all()
        missed += len(unseen)
    assert missed > 0  # else nothing was tested


def test_more_trees_than_draws_gives_a_seeded_subset():
    X, y, _ = zoo.data()
    forest = RandomForestClassifier(20, min_samples_leaf=2, random_state=0)
    everything = EnsembleSampler(forest).fit(X, y).draw(X, 0)
    sampler = EnsembleSampler(forest, n_draws=5).fit(X, y)
    assert sampler.n_draws_ == 5
    seen = set()
    for seed in range(20):
        draws = sampler.draw(X, seed)
        same_kj = (draws[:, :, None] == everything[:, None]).all(axis=(0, 3))
        members = [int(j) for row in same_kj for j in np.flatnonzero(row)]
        assert len(set(members)) == 5, "five different trees"
        assert members == sorted(members)
        seen.update(members)
        assert_array_equal(draws, sampler.draw(X, seed))
    assert len(seen) > 15, "every tree has its chance"


@pytest.mark.parametrize("n_draws", [7, 100])
def test_no_more_draws_than_members(n_draws):
    X, y, _ = zoo.data()
    sampler = EnsembleSampler(zoo.small_forest(), n_draws=n_draws)
    with pytest.raises(
        ValueError, match=f"n_draws={n_draws} must be .* number of members, 6"
    ):
        sampler.fit(X, y)


def test_all_members_by_default():
    sampler, X, _ = zoo.fitted("random-forest")
    assert sampler.n_draws is None
    assert sampler.draw(X, 0).shape == (40, 6, 3)
    assert_array_equal(sampler.draw(X, 0), sampler.draw(X, 1))


def test_weighted_votes_are_refused():
    X, y, y_2 = zoo.data()
    members = zoo.voters()
    weighted = VotingClassifier(members, voting="soft", weights=[1, 2])
    with pytest.raises(ValueError, match=r"\(VotingClassifier\) has weights"):
        as_sampler(weighted).fit(X, y)
    lines = [("a", LinearRegression()), ("b", LinearRegression())]
    with pytest.raises(ValueError, match=r"\(VotingRegressor\) has weights"):
        as_sampler(VotingRegressor(lines, weights=[1, 2])).fit(X, y_2[:, 0])


@pytest.mark.parametrize(
    "sampler",
    [
        EnsembleSampler(RandomForestClassifier(1)),
        EnsembleSampler(RandomForestClassifier(9), n_draws=1),
        EnsembleSampler([GaussianNB()]),
        EnsembleSampler(BaggingClassifier(n_estimators=1)),
        EnsembleSampler(make_pipeline(StandardScaler(), RandomForestClassifier(1))),
    ],
)
def test_one_member_cannot_disagree(sampler):
    X, y, _ = zoo.data()
    sampler.fit(X, y)
    with pytest.raises(ValueError, match=r"use more members, or BootstrapSampler"):
        sampler.check_randomness()


def test_two_members_can_disagree():
    X, y, _ = zoo.data()
    EnsembleSampler([GaussianNB(), LogisticRegression()]).fit(X, y).check_randomness()


@pytest.mark.parametrize("model", [GaussianNB(), GradientBoostingClassifier()])
def test_models_whose_members_are_no_draws_are_refused(model):
    X, y, _ = zoo.data()
    with pytest.raises(TypeError, match="not an ensemble whose members are draws"):
        EnsembleSampler(model).fit(X, y)


def test_a_list_may_be_given_to_the_sampler_itself():
    X, y, _ = zoo.data()
    models = [GaussianNB(), LogisticRegression(), DecisionTreeClassifier(max_depth=2)]
    expected = as_sampler(models).fit(X, y).draw(X, 0)
    assert_array_equal(EnsembleSampler(models).fit(X, y).draw(X, 0), expected)
    two = EnsembleSampler(models, n_draws=2).fit(X, y).draw(X, 0)
    assert two.shape == (40, 2, 3)


def test_a_list_draws_what_a_vote_draws():
    X, y, y_2 = zoo.data()
    names = zoo.NAMES[y]
    members = [model for _, model in zoo.voters()]
    vote = VotingClassifier(zoo.voters(), voting="soft")
    drawn = as_sampler(members).fit(X, names).draw(X, 0)
    assert_allclose(drawn, as_sampler(vote).fit(X, names).draw(X, 0))
    forests = [RandomForestRegressor(3, random_state=s) for s in (0, 1)]
    vote = VotingRegressor([("a", forests[0]), ("b", forests[1])])
    drawn = as_sampler(forests).fit(X, y_2[:, 0]).draw(X, 0)
    assert_allclose(drawn, as_sampler(vote).fit(X, y_2[:, 0]).draw(X, 0))


def test_pure_leaves_give_exact_zeros_and_ones():
    X, y, _ = zoo.data()
    draws = as_sampler(RandomForestClassifier(5)).fit(X, y).draw(X, 0)
    assert set(np.unique(draws)) == {0.0, 1.0}


def test_a_forest_is_read_in_one_pass(monkeypatch):
    sampler, X, _ = zoo.fitted("random-forest")
    expected = by_hand(sampler, X)

    def refuse(*args, **kwargs):
        raise AssertionError("the trees were asked one by one")

    monkeypatch.setattr(DecisionTreeClassifier, "predict_proba", refuse)
    assert_allclose(sampler.draw(X, 0), expected, rtol=1e-12)


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("name", [name for name in CASES if "forest" in name])
def test_a_forest_may_be_read_in_parts(monkeypatch, name, n_jobs):
    sampler, X, _ = copy.deepcopy(zoo.fitted(name))
    whole = sampler.draw(X, 0)
    monkeypatch.setattr(_ensemble, "LEAVES_AT_ONCE", 3 * sampler.n_draws_)
    sampler._final.n_jobs = n_jobs
    assert_array_equal(sampler.draw(X, 0), whole)


def test_trees_that_are_not_drawn_are_not_read():
    X, y, _ = zoo.data()
    sampler = EnsembleSampler(RandomForestClassifier(9), n_draws=4).fit(X, y)
    functions = sampler.functions(np.random.default_rng(0))
    chosen = np.random.default_rng(0).permutation(9)[:4]
    for i in set(range(9)) - set(chosen):
        sampler.estimator_.estimators_[i] = None
    assert functions(X).shape == (len(X), 4, 3)


@pytest.mark.parametrize("wrong", [np.inf, 1e39])
def test_points_beyond_single_precision_are_refused_as_by_the_forest(wrong):
    sampler, X, _ = zoo.fitted("random-forest")
    X = X.copy()
    X[3, 1] = wrong
    with pytest.raises(ValueError, match=r"infinity|too large") as theirs:
        sampler.estimator_.predict(X)
    with pytest.raises(ValueError, match=r"infinity|too large") as ours:
        sampler.draw(X, 0)
    assert str(ours.value) == str(theirs.value)


def test_hard_votes_of_frozen_members_count_as_scikit_learn_counts():
    """Hard voting counts class indices, which frozen members have to predict, too."""
    X, y, _ = zoo.data()
    frozen = FrozenEstimator(GaussianNB().fit(X, y))
    vote = VotingClassifier([*zoo.voters(), ("old", frozen)], voting="hard")
    sampler = as_sampler(vote).fit(X, np.array([-3, 5, 40])[y])
    counts_nc = sampler.draw(X, 0).sum(axis=1)
    clear = counts_nc.max(axis=1) >= 2
    assert clear.any()
    said = sampler.classes_[counts_nc.argmax(axis=1)]
    assert_array_equal(said[clear], sampler.estimator_.predict(X)[clear])


def test_nets_in_a_list_leave_the_generator_of_torch_as_it_was():
    torch = pytest.importorskip("torch")
    net = zoo.nets("classification")["net"]
    X, y, X_pool = testing.make_data("classification")
    sampler = EnsembleSampler([net, net], random_state=0).fit(X, y)
    before = torch.get_rng_state()
    first, again = (sampler.draw(X_pool, 0) for _ in range(2))
    assert_array_equal(first, again)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("labels", [zoo.NAMES, np.array([5, 6, 9])])
def test_a_frozen_model_at_the_end_of_a_voter_knows_labels(labels):
    """Unlike voters fitted by the ensemble, it predicts labels, not their indices."""
    X, y, _ = zoo.data()
    y = labels[y]
    bayes = GaussianNB().fit(StandardScaler().fit_transform(X), y)
    piped = make_pipeline(StandardScaler(), FrozenEstimator(bayes))
    vote = VotingClassifier([("old", piped), *zoo.voters()], voting="soft")
    sampler = as_sampler(vote).fit(X, y)
    p_nkc = sampler.draw(X, 0)
    assert list(sampler.classes_) == list(labels)
    assert_allclose(p_nkc[:, 0], piped.fit(X, y).predict_proba(X))


def test_bags_of_a_frozen_model_at_the_end_of_a_pipeline():
    X, y, _ = zoo.data()
    y = zoo.NAMES[y]
    piped = make_pipeline(StandardScaler(), FrozenEstimator(GaussianNB().fit(X, y)))
    p_nkc = as_sampler(BaggingClassifier(piped, 3)).fit(X, y).draw(X, 0)
    assert p_nkc.shape == (40, 3, 3)


WEIGHED = {
    "forest": zoo.small_forest(),
    "bagging": BaggingClassifier(LogisticRegression(), 4, random_state=0),
    "voting": VotingClassifier(
        [("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"
    ),
    "calibrated": CalibratedClassifierCV(GaussianNB(), cv=2),
    "list": [LogisticRegression(), GaussianNB()],
    "piped": make_pipeline(StandardScaler(), zoo.small_forest()),
}


@pytest.mark.parametrize("name", WEIGHED)
def test_sample_weights_reach_the_members(name):
    X, y, _ = zoo.data()
    y = np.where(np.arange(len(y)) % 3 == 0, (y + 1) % 3, y)  # labels are noisy
    weight = np.random.default_rng(0).uniform(size=len(X)) ** 4
    prefix = "randomforestclassifier__" if name == "piped" else ""
    sampler = as_sampler(WEIGHED[name])
    weighted = sampler.fit(X, y, **{f"{prefix}sample_weight": weight}).draw(X, 0)
    assert abs(sampler.fit(X, y).draw(X, 0) - weighted).max() > 0.05
    model = WEIGHED[name]
    if name == "list":
        means = [clone(m).fit(X, y, weight).predict_proba(X) for m in model]
        expected = np.mean(means, axis=0)
    else:
        fitted = clone(model).fit(X, y, **{f"{prefix}sample_weight": weight})
        expected = fitted.predict_proba(X)
    assert_allclose(weighted.mean(axis=1), expected, atol=1e-12)
