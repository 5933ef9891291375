import numpy as np
import pytest

from skactive.annotation._consensus import dawid_skene, majority, mean_value


def test_majority_and_its_ties():
    assert majority({"a": "x", "b": "y", "c": "y"}) == ("y", 2 / 3)
    assert majority({"a": "x", "b": "y"}) == ("x", 0.5)  # the first given
    assert mean_value({"a": 1.0, "b": 3.0}) == (2.0, 1.0)


def test_one_step_by_hand():
    # rows: both say 0; they differ; only the second says 1
    votes = np.array([[0, 0], [0, 1], [-1, 1]])
    found = dawid_skene(votes, 2, max_iter=1)
    # shares of votes (1, 0), (1/2, 1/2), (0, 1); counts with 1 on the diagonal, .1 off:
    # person 1: class 0 says 0: 1.5 + 1, says 1: .1; class 1 says 0: .5 + .1, says 1: 1
    # person 2: class 0: 1 + 1, .5 + .1; class 1: .1, 1.5 + 1
    first = [[2.5 / 2.6, 0.1 / 2.6], [0.6 / 1.6, 1 / 1.6]]
    second = [[2 / 2.6, 0.6 / 2.6], [0.1 / 2.6, 2.5 / 2.6]]
    np.testing.assert_allclose(found.confusion, [first, second])
    np.testing.assert_allclose(found.prior, [0.5, 0.5])
    chance = np.array(
        [
            [2.5 * 2 / 2.6**2, 0.6 / 1.6 * 0.1 / 2.6],
            [2.5 * 0.6 / 2.6**2, 0.6 / 1.6 * 2.5 / 2.6],
            [0.6 / 2.6, 2.5 / 2.6],
        ]
    )
    expected = chance / chance.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probabilities, expected)
    assert found.n_iter == 1


def slow_step(votes, chance):
    """One step of Dawid and Skene's algorithm, by loops."""
    (n, a), c = votes.shape, chance.shape[1]
    confusion = np.zeros((a, c, c))
    for p in range(a):
        for true in range(c):
            for said in range(c):
                confusion[p, true, said] = 1 if said == true else 0.1
                for i in range(n):
                    if votes[i, p] == said:
                        confusion[p, true, said] += chance[i, true]
            confusion[p, true] /= confusion[p, true].sum()
    prior = [(sum(chance[:, k]) + 1 / c) / (n + 1) for k in range(c)]
    new = np.zeros((n, c))
    for i in range(n):
        for true in range(c):
            new[i, true] = prior[true]
            for p in range(a):
                if votes[i, p] >= 0:
                    new[i, true] *= confusion[p, true, votes[i, p]]
        new[i] /= new[i].sum()
    return new


def simulated(rng, n=400, accuracy=(0.9, 0.9, 0.55, 0.55, 0.55)):
    """Two people are reliable, three are not; each skips a fifth of the rows."""
    truth = rng.integers(3, size=n)
    votes = np.full((n, len(accuracy)), -1)
    for p, share in enumerate(accuracy):
        wrong = (truth + rng.integers(1, 3, size=n)) % 3
        votes[:, p] = np.where(rng.random(n) < share, truth, wrong)
    votes[rng.random(votes.shape) < 0.2] = -1
    votes[votes.max(axis=1) < 0, 0] = 0
    return truth, votes


def test_against_loops(rng):
    _, votes = simulated(rng, n=30)
    shares = np.array([np.bincount(row[row >= 0], minlength=3) for row in votes])
    slow = shares / shares.sum(axis=1, keepdims=True)
    for _ in range(4):
        slow = slow_step(votes, slow)
    np.testing.assert_allclose(dawid_skene(votes, 3, max_iter=4).probabilities, slow)


@pytest.mark.parametrize("seed", range(3))
def test_people_are_found_out(seed):
    truth, votes = simulated(np.random.default_rng(seed))
    found = dawid_skene(votes, 3)
    by_vote = [np.bincount(row[row >= 0], minlength=3).argmax() for row in votes]
    right = (found.probabilities.argmax(axis=1) == truth).mean()
    assert right > (np.array(by_vote) == truth).mean() + 0.02
    accuracy = np.einsum("acc->a", found.confusion) / 3
    np.testing.assert_allclose(accuracy, [0.9, 0.9, 0.55, 0.55, 0.55], atol=0.08)


def test_the_campaign_trains_on_it(opened, rng):
    truth, votes = simulated(rng, n=200)
    shares = {}
    for rule in ("majority", "dawid-skene"):
        campaign = opened(consensus=rule, refit_every=10**6)
        if not campaign.history():
            for i, row in enumerate(votes):
                for p in np.flatnonzero(row >= 0):
                    campaign.tell(i, f"class {row[p]}", f"person {p}")
        found = campaign.labels("consensus").set_index("row").sort_index()["label"]
        shares[rule] = (found == [f"class {t}" for t in truth]).mean()
    assert shares["dawid-skene"] > shares["majority"]
    assert len(campaign.disagreements()) == sum(
        len(set(row[row >= 0])) > 1 for row in votes
    )
