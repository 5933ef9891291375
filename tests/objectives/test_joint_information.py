import itertools
import math

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from skactive._utils.array import to_numpy
from skactive.information import joint_mutual_information, mutual_information
from skactive.objectives import JointInformation
from skactive.selection import greedy, lazy_greedy


def random_draws(n=30, k=6, c=3, seed=0, concentration=0.4):
    rng = np.random.default_rng(seed)
    p_nkc = rng.dirichlet(np.full(c, concentration), size=(n, k))
    p_nkc[-2:] = p_nkc[:2]  # copies
    return p_nkc


def by_enumeration(p_bkc):
    """I(y_B; model): the entropy of all labellings, less the mean over draws."""
    b, k, c = p_bkc.shape
    joint = 0.0
    for labels in itertools.product(range(c), repeat=b):
        p = np.mean(
            [math.prod(p_bkc[i, j, labels[i]] for i in range(b)) for j in range(k)]
        )
        joint -= p * math.log(p) if p > 0 else 0.0
    p = p_bkc[p_bkc > 0]
    return joint + float(np.sum(p * np.log(p))) / k


def grown(f, picks):
    state = f.start()
    for i in picks:
        state = f.add(state, i)
    return state


def value(f, picks):
    """Worth of a set: the sum of its gains."""
    state, total = f.start(), 0.0
    for i in picks:
        total += float(f.gains(state, np.array([i]))[0])
        state = f.add(state, i)
    return total


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("b", "c"), [(1, 2), (2, 2), (2, 7), (3, 4), (4, 2), (4, 3)])
def test_exact_gains_are_those_of_enumeration(b, c, dtype, as_array):
    p_nkc = random_draws(c=c)
    p_nkc[3] = np.eye(c)[np.arange(6) % c]  # exact zeros and ones
    f = JointInformation(as_array(p_nkc.astype(dtype)), 0, max_configurations=10**4)
    picks = [3, 5, 0][: b - 1]
    gains = to_numpy(f.gains(grown(f, picks)))
    before = by_enumeration(p_nkc[picks]) if picks else 0.0
    expected = [by_enumeration(p_nkc[[*picks, i]]) - before for i in range(8)]
    assert_allclose(gains[:8], expected, atol=1e-12 if dtype == np.float64 else 2e-6)


def test_first_gains_are_bald(as_array):
    p_nkc = as_array(random_draws())
    f = JointInformation(p_nkc, 0)
    assert_array_equal(
        to_numpy(f.gains(f.start())), to_numpy(mutual_information(p_nkc))
    )


def test_bounds_monotony_and_submodularity():
    """On random sets A in B and points x: what makes greedy good and lazy exact."""
    p_nkc = random_draws(k=5)
    f, rng = (
        JointInformation(p_nkc, 0, max_configurations=10**5),
        np.random.default_rng(0),
    )
    bald = mutual_information(p_nkc)
    for _ in range(30):
        larger = rng.choice(30, 4, replace=False)
        smaller = larger[: rng.integers(4)]
        of_larger = f.gains(grown(f, larger))
        of_smaller = f.gains(grown(f, smaller))
        assert (of_larger <= of_smaller + 1e-12).all()
        assert (of_larger >= 0).all()
        worth = value(f, larger)
        assert worth <= min(math.log(5), bald[larger].sum()) + 1e-12
        assert worth == pytest.approx(by_enumeration(p_nkc[larger]), abs=1e-12)
        assert worth == pytest.approx(value(f, larger[::-1]), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_lazy_is_plain_greedy_in_the_exact_phase(seed, as_array):
    p_nkc = random_draws(n=60, k=9, c=3, seed=seed)
    f = JointInformation(as_array(p_nkc), 0, max_configurations=3**6)
    plain, plain_gains = greedy(f, 7)
    lazy, lazy_gains = lazy_greedy(f, 7)
    assert_array_equal(plain, lazy)
    assert_allclose(plain_gains, lazy_gains, atol=1e-14)


def test_sampled_gains_are_unbiased(as_array):
    """Over many seeds their mean is the exact gain, and their spread as reported."""
    p_nkc = random_draws(n=12, k=7, c=4)
    picks = [1, 6, 4]
    exact = JointInformation(p_nkc, 0)
    exact_n = exact.gains(grown(exact, picks))
    gains, errors = [], []
    for seed in range(60):
        f = JointInformation(
            as_array(p_nkc), seed, max_configurations=300, entropies="sampled"
        )
        state = grown(f, picks)
        gains.append(to_numpy(f.gains(state)))
        errors.append(to_numpy(f.standard_error(state)))
    spread = np.std(gains, axis=0)
    z_n = (np.mean(gains, axis=0) - exact_n) / (spread / math.sqrt(60))
    assert np.abs(z_n).max() < 4
    # never less than what is seen, and no more than twice: strata only help
    assert (np.mean(errors, axis=0) > 0.8 * spread).all()
    assert (np.mean(errors, axis=0) < 2.5 * spread + 1e-9).all()


def test_sampled_labellings_spread_less_than_importance_sampling():
    """Against eq. 36 of the paper, literally, from as many labellings."""
    p_nkc, picks, size = random_draws(n=10, k=7, c=4), [1, 6, 4], 300
    noise = -np.sum(p_nkc * np.log(p_nkc), axis=2).mean(axis=1)
    ours, papers = [], []
    for seed in range(40):
        f = JointInformation(p_nkc, seed, max_configurations=size, entropies="sampled")
        ours.append(f.gains(grown(f, picks))[0])
        rng = np.random.default_rng([99, seed])
        true_s = rng.integers(7, size=size)
        p_sk = np.ones((size, 7))
        for i in picks:
            y_s = [rng.choice(4, p=p_nkc[i, j]) for j in true_s]
            p_sk *= p_nkc[i][:, y_s].T
        joint_sc = p_sk @ p_nkc[0] / 7
        terms = joint_sc / p_sk.mean(axis=1)[:, None] * np.log(joint_sc)
        papers.append(-terms.sum(axis=1).mean() - noise[0])
    assert np.std(ours) < 0.7 * np.std(papers)


def test_more_samples_converge_to_the_exact_gains():
    p_nkc, picks = random_draws(), [1, 6, 4]
    exact = JointInformation(p_nkc, 0)
    exact_n = exact.gains(grown(exact, picks))
    few, many = (
        JointInformation(p_nkc, 1, max_configurations=m, entropies="sampled")
        for m in (100, 40_000)
    )
    error = [np.abs(f.gains(grown(f, picks)) - exact_n).max() for f in (few, many)]
    assert error[1] < 0.005 < error[0]


def test_one_draw_tells_nothing_of_any_point(as_array):
    """Not even by the rounding of sums over all labellings."""
    p_nkc = random_draws(n=50, k=1, c=3).astype(np.float32)
    p_nkc[1], p_nkc[2] = [1, 0, 0], 1 / 3
    for k in (1, 3):
        f = JointInformation(as_array(p_nkc.repeat(k, 1)), 0, entropies="sampled")
        assert not to_numpy(f.gains(grown(f, [0, 7]))).any()
        assert not to_numpy(f.gains(grown(f, [2]))).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "copy", [[[1, 4, 4], [9 / 5, 18 / 5, 18 / 5]], [[6, 3, 0], [4.5, 4.5, 0]]]
)
@pytest.mark.parametrize("other", [[[3, 2, 4], [6, 0, 3]], [[9, 0, 0], [3, 6, 0]]])
def test_copies_of_a_point_go_by_index(copy, other, dtype, as_array):
    """Whatever rounding makes of them."""
    p_nkc = np.array([copy] * 5 + [other], dtype=dtype) / 9
    for search in (greedy, lazy_greedy):
        f = JointInformation(as_array(p_nkc), 0, entropies="sampled")
        assert search(f, 6)[0].tolist() == [5, 0, 1, 2, 3, 4]


def test_mirror_images_of_copies_go_by_index(as_array):
    a_nk = np.array([[2 / 3, 1 / 2], [2 / 3, 1 / 2], [1 / 3, 1 / 2], [1, 1 / 3]])
    p_nkc = np.stack([a_nk, 1 - a_nk], axis=-1)
    for search in (greedy, lazy_greedy):
        f = JointInformation(as_array(p_nkc), 0, entropies="sampled")
        assert search(f, 4)[0].tolist() == [3, 0, 1, 2]


@pytest.mark.parametrize("size", range(1, 8))
def test_bounds_hold_and_leave_few_where_points_have_nothing_in_common(size, as_array):
    """Early, and late in a batch, where few labellings leave anything undecided."""
    p_nkc = random_draws(n=400, k=40, c=10, concentration=0.3)
    f, rows = JointInformation(as_array(p_nkc), 0), np.arange(400)
    state = grown(f, range(size))
    assert state.sampled == (size > 4)
    gains = to_numpy(f.gains(state))
    best = gains[size:].max()
    for enough in (-np.inf, best, np.inf):
        bounds = to_numpy(f.bounds(state, as_array(rows), enough))
        assert (bounds >= gains).all()
    bounds = to_numpy(f.bounds(state, as_array(rows), best))
    assert (bounds[size:] >= best).sum() < (120 if size == 4 else 40)


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("entropies", ["exact", "sampled"])
def test_no_gain_exceeds_the_limit(spread, entropies, as_array):
    """What the labellings leave of log k nats: exactly what the batch has not told."""
    logits = spread * np.random.default_rng(0).normal(size=(60, 5, 3))
    p_nkc = softmax(logits, axis=-1)
    f = JointInformation(as_array(p_nkc), 0, entropies=entropies)
    assert f.limit(f.start()) == pytest.approx(math.log(5))
    for picks in ([3], [3, 8], [3, 8, 1, 0]):
        state = grown(f, picks)
        limit = f.limit(state)
        assert to_numpy(f.gains(state)).max() <= limit + f.rounding
        if entropies == "exact":
            expected = math.log(5) - by_enumeration(p_nkc[picks])
            assert limit == pytest.approx(expected, abs=1e-12)


def test_nothing_is_computed_once_the_draws_are_told_apart(as_array):
    """Trees with pure leaves: three labels of ten classes tell fifty draws apart."""
    labels = np.random.default_rng(0).integers(10, size=(300, 50))
    f = JointInformation(as_array(np.eye(10)[labels]), 0)
    expected = greedy(f, 8)[0]
    looked_at, gains = [], f.gains
    f.gains = lambda state, rows=None: (
        looked_at.append(len(state.picked)) or gains(state, rows)
    )
    with pytest.warns(UserWarning, match="log 50 nats.*about 2 labels of 10"):
        picks, found = lazy_greedy(f, 8)
    assert_array_equal(picks, expected)
    assert found.sum() == pytest.approx(math.log(50))
    exhausted = int((found > 0).sum())
    assert exhausted < 5
    assert max(looked_at) < exhausted
    assert not found[exhausted:].any()


def test_lazy_search_of_sampled_gains_is_worth_as_much():
    p_nkc = random_draws(n=200, k=20, c=4, concentration=2.0)
    worth = []
    for search in (greedy, lazy_greedy):
        f = JointInformation(p_nkc, 0, max_configurations=500)
        picks = search(f, 8)[0]
        worth.append(joint_mutual_information(p_nkc[picks], 50_000, _rng())[0])
    assert worth[1] > worth[0] - 0.01


def _rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("max_configurations", [10, 10**4])
def test_rows_chunks_and_repetition_change_nothing(max_configurations, as_array):
    p_nkc = random_draws(n=40, c=4)
    f = JointInformation(as_array(p_nkc), 3, max_configurations=max_configurations)
    state = grown(f, [4, 9, 2])
    gains = to_numpy(f.gains(state))
    assert_array_equal(to_numpy(f.gains(state)), gains)
    rows = np.array([7, 39, 0, 21])
    assert_allclose(to_numpy(f.gains(state, rows)), gains[rows], atol=1e-12)
    with sklearn.config_context(working_memory=1e-6):
        assert_allclose(to_numpy(f.gains(state)), gains, atol=1e-12)


def test_backends_agree_and_float32_is_enough():
    torch = pytest.importorskip("torch")
    p_nkc = random_draws(n=80, k=12, c=4)
    draws = p_nkc, torch.as_tensor(p_nkc), p_nkc.astype(np.float32)
    found = [
        lazy_greedy(JointInformation(p, 5, max_configurations=64), 7) for p in draws
    ]
    for indices, gains in found[1:]:
        assert_array_equal(indices, found[0][0])
        assert_allclose(gains, found[0][1], atol=1e-5)


def test_labellings_do_not_underflow():
    """Sixty picks of 47 classes: p_sk is about 1e-100, 1e-50 in the best draw."""
    p_nkc = random_draws(n=70, k=8, c=47, concentration=5.0).astype(np.float32)
    f = JointInformation(p_nkc, 0, max_configurations=50)
    state = grown(f, range(60))
    assert_allclose(state.w_sk.sum(axis=1), 1, rtol=1e-12)
    assert np.isfinite(f.gains(state)).all()


def test_a_label_that_cannot_be_does_not_harm(as_array):
    """A class impossible under every draw: its labellings have probability 0."""
    p_nkc = np.zeros((5, 4, 3))
    p_nkc[..., :2] = random_draws(n=5, k=4, c=2)
    f = JointInformation(as_array(p_nkc), 0)
    without = JointInformation(as_array(p_nkc[..., :2].copy()), 0)
    with np.errstate(all="raise"):
        gains = to_numpy(f.gains(grown(f, [0, 1])))
    assert_allclose(gains, to_numpy(without.gains(grown(without, [0, 1]))), atol=1e-14)


@pytest.mark.parametrize("c", [47, 1000])
def test_many_classes(c):
    p_nkc = random_draws(n=12, k=5, c=c, concentration=0.05)
    f = JointInformation(p_nkc, 0, max_configurations=200)
    indices, gains = lazy_greedy(f, 4)
    assert len(set(indices.tolist())) == 4
    assert (gains >= 0).all()
    assert gains.sum() <= math.log(5) + 0.1


def test_one_draw_or_agreeing_draws_say_nothing(as_array):
    agreeing = np.repeat(random_draws()[:, :1], 9, axis=1)
    for p_nkc in (agreeing, agreeing[:, :1]):
        for m in (1, 10**4):
            f = JointInformation(as_array(p_nkc), 0, max_configurations=m)
            assert_array_equal(to_numpy(f.gains(grown(f, [0, 1]))), np.zeros(30))


def test_an_exhausted_batch_goes_on_by_the_points_own_bald():
    """Two draws, told apart by the first label for good: nothing is left to say."""
    sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    weak = [np.array([[0.5 + d, 0.5 - d], [0.5 - d, 0.5 + d]]) for d in (0.1, 0.3, 0.2)]
    f = JointInformation(np.stack([*weak, sure]), 0)
    for search in (greedy, lazy_greedy):
        with pytest.warns(UserWarning, match="from pick 2 of 4 on"):
            indices, gains = search(f, 4)
        assert_array_equal(indices, [3, 1, 2, 0])
        assert_allclose(gains, [math.log(2), 0, 0, 0], atol=1e-15)


def test_exact_entropies_are_refused_where_they_take_too_long():
    f = JointInformation(random_draws(), 0, max_configurations=9, entropies="exact")
    with pytest.raises(ValueError, match="27 joint label configurations"):
        grown(f, [0, 1, 2])


def test_joint_information_of_a_batch_is_that_of_enumeration(as_array):
    p_nkc = random_draws(n=5, k=6, c=3)
    estimate, error = joint_mutual_information(as_array(p_nkc[:3]), 20_000, _rng())
    assert abs(estimate - by_enumeration(p_nkc[:3])) < 4 * error
    assert error < 0.01


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_gains_do_not_depend_on_the_type_of_the_draws(dtype, as_array):
    """Draws .03 apart in their logits: gains below single precision's rounding."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(60, 1, 5)) + 0.03 * rng.normal(size=(60, 10, 5))
    p_nkc = softmax(logits, axis=-1).astype(dtype)
    expected, given = JointInformation(p_nkc.astype(float), 0), as_array(p_nkc)
    for search in (greedy, lazy_greedy):
        f = JointInformation(given, 0)
        picks, gains = search(f, 6)
        assert_array_equal(picks, greedy(expected, 6)[0])
        assert_allclose(gains, greedy(expected, 6)[1], rtol=1e-6)
        assert f.gains(grown(f, picks[:2])).dtype == f.tie_break.dtype
        assert to_numpy(f.tie_break).dtype == np.float32
        assert f.rounding < 1e-6 * gains.min()
