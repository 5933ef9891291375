import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skactive import BALD
from skactive.samplers._vote import (
    ClassifierVote,
    RegressorVote,
    aligned_proba,
    predicts,
    vote_of,
)
from tests import zoo

X, LABELS, TARGETS = zoo.data()
NAMES = zoo.NAMES[LABELS]


def test_a_list_of_classifiers_votes_as_scikit_learn_does_softly():
    members = [model for _, model in zoo.voters()]
    ours = vote_of(members).fit(X, NAMES)
    theirs = VotingClassifier(zoo.voters(), voting="soft").fit(X, NAMES)
    assert isinstance(ours, ClassifierVote)
    assert is_classifier(ours)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_array_equal(ours.classes_, ["ant", "bee", "cat"])
    assert ours.score(X, NAMES) == theirs.score(X, NAMES)


@pytest.mark.parametrize("y", [TARGETS[:, 0], TARGETS], ids=["one", "two"])
def test_a_list_of_regressors_votes_as_the_mean(y):
    members = [LinearRegression(), KNeighborsRegressor(2)]
    ours = vote_of(tuple(members)).fit(X, y)
    assert isinstance(ours, RegressorVote)
    assert is_regressor(ours)
    by_hand = (members[0].fit(X, y).predict(X) + members[1].fit(X, y).predict(X)) / 2
    assert_allclose(ours.predict(X), by_hand)
    if y.ndim == 1:
        named = [("a", members[0]), ("b", members[1])]
        assert_allclose(ours.predict(X), VotingRegressor(named).fit(X, y).predict(X))


def test_members_are_cloned_unless_frozen():
    free, trained = GaussianNB(), GaussianNB().fit(X[:20], NAMES[:20])
    vote = vote_of([free, FrozenEstimator(trained)]).fit(X, NAMES)
    assert not hasattr(free, "classes_")
    assert vote.estimators_[1].estimator is trained
    assert_array_equal(trained.class_count_.sum(), 20)
    assert vote.estimators_[0].class_count_.sum() == 40


def test_classes_are_all_that_anybody_knows():
    other = GaussianNB().fit(X[:20], np.where(LABELS[:20] == 0, "dog", "bee"))
    vote = vote_of([GaussianNB(), FrozenEstimator(other)]).fit(X, NAMES)
    assert_array_equal(vote.classes_, ["ant", "bee", "cat", "dog"])
    own, foreign = (m.predict_proba(X) for m in vote.estimators_)
    zero = np.zeros(len(X))
    expected = np.stack(
        [own[:, 0], own[:, 1] + foreign[:, 0], own[:, 2], zero + foreign[:, 1]], axis=1
    )
    assert_allclose(vote.predict_proba(X), expected / 2)


def test_parameters_of_members_are_reached_by_place():
    vote = vote_of([GaussianNB(), LogisticRegression(C=3.0)])
    assert vote.get_params()["1__C"] == 3.0
    vote.set_params(**{"1__C": 5.0, "0": DecisionTreeClassifier()})
    assert vote.estimators[1][1].C == 5.0
    assert isinstance(vote.estimators[0][1], DecisionTreeClassifier)
    assert clone(vote).get_params()["1__C"] == 5.0


def test_features_are_those_of_the_members():
    vote = vote_of([GaussianNB(), GaussianNB()])
    assert not hasattr(vote, "n_features_in_")
    assert vote.fit(X, LABELS).n_features_in_ == 6
    assert not hasattr(vote, "feature_names_in_")


def test_fit_parameters_reach_every_member():
    weights = np.where(LABELS == 2, 0.0, 1.0)
    vote = vote_of([GaussianNB(), DecisionTreeClassifier()])
    vote.fit(X, LABELS, sample_weight=weights)
    assert (vote.estimators_[1].predict_proba(X)[:, 2] == 0).all()
    assert vote.estimators_[0].class_prior_[2] == 0


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ([], "the list of estimators is empty"),
        ([GaussianNB(), LinearRegression()], "classifiers only or regressors only"),
        ([GaussianNB(), StandardScaler()], r"\['GaussianNB', 'StandardScaler'\]"),
    ],
)
def test_lists_that_are_no_vote(models, message):
    with pytest.raises(ValueError, match=message):
        vote_of(models)


def test_columns_are_aligned_by_label():
    member = GaussianNB().fit(X[LABELS != 1], NAMES[LABELS != 1])
    classes = np.array(["aardvark", "ant", "bee", "cat", "dog"])
    proba = aligned_proba(member, X, classes)
    assert_array_equal(proba[:, [1, 3]], member.predict_proba(X))
    assert (proba[:, [0, 2, 4]] == 0).all()


def test_a_member_without_probabilities_votes_hard():
    member = LinearSVC().fit(X, NAMES)
    proba = aligned_proba(member, X, zoo.NAMES)
    assert_array_equal(zoo.NAMES[proba.argmax(axis=1)], member.predict(X))
    assert_array_equal(np.unique(proba), [0.0, 1.0])
    soft = GaussianNB().fit(X, NAMES)
    hard = aligned_proba(soft, X, zoo.NAMES, hard=True)
    assert_array_equal(zoo.NAMES[hard.argmax(axis=1)], soft.predict(X))


@pytest.mark.parametrize("classes", [["ant", "bee"], ["ant", "bee", "cow"], [0, 1, 2]])
def test_unknown_classes_are_refused(classes):
    member = GaussianNB().fit(X, NAMES)
    with pytest.raises(ValueError, match=r"GaussianNB predicts the classes .*ant"):
        aligned_proba(member, X, np.array(classes))


def test_predicts():
    assert predicts(LinearSVC())
    assert not predicts(StandardScaler())
    assert not predicts(None)
    assert not predicts(object())


@pytest.mark.parametrize("thing", [None, 3, "forest", object()])
def test_what_is_no_model_in_a_list_is_named(thing):
    for models in ([LogisticRegression(), thing], [thing, LogisticRegression()]):
        place = models.index(thing)
        with pytest.raises(TypeError, match=f"model {place} of .* is not an estimator"):
            vote_of(models)
        with pytest.raises(TypeError, match=f"model {place} of the list"):
            BALD(models).fit(X, LABELS)


@pytest.mark.parametrize("nothing", [(None, None), (X[:0], LABELS[:0]), ([], [])])
def test_trained_members_may_be_shown_nothing(nothing):
    for labels in (LABELS, NAMES):
        members = [FrozenEstimator(m.fit(X, labels)) for _, m in zoo.voters()]
        vote = vote_of(members).fit(*nothing)
        assert_array_equal(vote.classes_, np.unique(labels))
        assert vote.classes_.dtype == np.unique(labels).dtype
