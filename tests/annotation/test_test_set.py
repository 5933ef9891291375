import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB

from skactive import CoreSet, Margin
from skactive.annotation._test_set import draw_tests, estimated_accuracy
from skactive.metrics import active_test_estimate


class Known:
    """A two-class classifier that predicts the first column as probability."""

    def predict_proba(self, X):
        return np.stack([X[:, 0], 1 - X[:, 0]], axis=1)

    def predict(self, X):
        return (X[:, 0] < 0.5).astype(int)


def test_rows_are_drawn_by_expected_loss():
    X = np.array([[0.5], [0.9], [0.0], [1.0]])
    left, times = np.array([0, 1, 3]), np.zeros(4)
    for seed in range(2000):
        rows, q = draw_tests(Known(), X, left, 1, np.random.default_rng(seed))
        times[rows[0]] += 1
        # losses .5, .1 and 0, a tenth of it uniform
        expected = {0: 0.75 + 0.1 / 3, 1: 0.15 + 0.1 / 3, 3: 0.1 / 3}[rows[0]]
        assert q == [pytest.approx(expected)]
    np.testing.assert_allclose(times / 2000, [0.7833, 0.1833, 0, 0.0333], atol=0.03)


def test_rows_are_drawn_without_replacement(X):
    x = X[:, :1] * 0 + np.linspace(0.5, 1, 200)[:, None]
    rows, q = draw_tests(Known(), x, np.arange(50, 80), 99, np.random.default_rng(0))
    assert sorted(rows) == [*range(50, 80)]
    assert q[-1] == 1
    model = RidgeClassifier()  # no probabilities: uniform
    _, q = draw_tests(model, x, np.arange(50, 80), 3, np.random.default_rng(0))
    np.testing.assert_allclose(q, [1 / 30, 1 / 29, 1 / 28])


def test_the_estimate_is_unbiased(rng):
    x = rng.uniform(size=(40, 1))
    labels = (rng.random(40) > x[:, 0]).astype(int)
    predicted = Known().predict(x)
    truth = (predicted == labels).mean()
    found = []
    for _ in range(1500):
        rows, q = draw_tests(Known(), x, np.arange(40), 8, rng)
        found.append(
            estimated_accuracy(predicted[rows], labels[rows], np.asarray(q), 40)[0]
        )
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - truth) < 4 * error


def test_a_campaign_draws_its_test_rows_round_by_round(opened, answer, X, y):
    settings = {"test_size": 80, "test_labels": 6, "n": 8}
    campaign = opened(**settings)
    assert not set(campaign.test_ids_) & {task.id for task in answer(campaign, n=8)}
    for _ in range(4):
        campaign.refit()
        answer(campaign, n=10)
    tests = [id for id, _ in campaign._state.drawn]
    assert len(tests) == 6
    assert set(tests) <= set(campaign.test_ids_)
    campaign.refit()
    done = campaign.rounds_[-1]
    assert done.n_test == 6
    losses = campaign.strategy_.predict(X[tests]) != y[tests]
    q = [chance for _, chance in campaign._state.drawn]
    expected = active_test_estimate(losses.astype(float), q, 80)
    assert done.score == pytest.approx(1 - expected.loss)
    assert done.score_error == pytest.approx(expected.standard_error)
    found = campaign.progress()
    assert found["left"] == 120 - found["labelled"]
    assert not set(campaign.test_ids_) & {task.id for task in campaign.ask("ann", 200)}
    assert opened(**settings).progress()["curve"][-1]["score"] == done.score


def test_draws_that_nobody_could_label_are_left_out(opened, answer):
    campaign = opened(test_size=80, test_labels=6, n=8)
    answer(campaign, n=8)
    campaign.refit()
    first, second = campaign.ask("ann", 2)
    campaign.tell(second.id, 1, "ann")
    campaign.refit()
    assert campaign.rounds_[-1].n_test == 0  # the first is out still
    campaign.skip(first.id, "ann")
    campaign.refit()
    assert campaign.rounds_[-1].n_test == 1
    assert np.isfinite(campaign.rounds_[-1].score)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_size": 5, "test_labels": 6}, "larger than the test set of 5 rows"),
        ({"test_labels": 6}, "larger than the test set of 0 rows"),
        ({"test_size": 9, "test_labels": 6, "strategy": CoreSet()}, "a classifier"),
        ({"test_size": 9, "test_labels": 6, "scoring": "f1"}, "scoring=None"),
        ({"test_size": 9, "test_labels": 0}, "test_labels=0"),
    ],
)
def test_wrong_settings(opened, settings, message):
    with pytest.raises(ValueError, match=message):
        opened(**settings)


def test_a_test_set_is_drawn_once(opened):
    opened(test_size=9)
    with pytest.raises(ValueError, match=r"test_size=8, but .* made with test_size=9"):
        opened(test_size=8)
    with pytest.raises(ValueError, match="test_labels=3"):
        opened(test_size=9, test_labels=3)


def test_a_share_is_drawn_of_rows_that_are_added(opened, X):
    campaign = opened(X[:100], test_size=0.2, strategy=Margin(GaussianNB()))
    assert len(campaign.test_ids_) == 20
    campaign.add(X[100:150])
    assert len(campaign.test_ids_) == 30
    assert sum(id >= 100 for id in campaign.test_ids_) == 10
