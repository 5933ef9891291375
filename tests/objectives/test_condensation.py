"""The product form of ICAL against its definitions, step by step and term by term."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context

from skactive._utils.array import one_hot
from skactive.kernels import dhsic, rational_quadratic, squared_distances
from skactive.objectives import (
    Condensation,
    LabelKernels,
    PointwiseCondensation,
    ValueKernels,
)
from skactive.objectives._condensation import dependence_on_each
from skactive.selection import greedy, top
from tests.test_kernels import three_terms

SCALES = (0.2, 0.5, 1, 2, 5)
N, K = 24, 6


def make(task, as_array=lambda a: a, seed=0):
    """Kernels of a pool, and the same as (n, k, k) matrices from the definitions."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        f_nkc = rng.normal(size=(N, 1, 2)) * rng.normal(size=(N, K, 2))
        unit_c = np.sqrt(f_nkc.var(axis=1).mean(axis=0))
        matrices = rational_quadratic(squared_distances(f_nkc / unit_c), SCALES)
        return ValueKernels(as_array(f_nkc), SCALES), matrices
    y_nk = rng.integers(3, size=(N, K)).astype(np.uint8)
    matrices = rational_quadratic(squared_distances(one_hot(y_nk, 3)), SCALES)
    return LabelKernels(as_array(y_nk), SCALES), matrices


def literal_alpha(condensed, batch, kernel):
    """dHSIC between the condensed pool and a batch, by the three-term definition."""
    if kernel == "joint":
        return dhsic(condensed.mean(axis=0), *batch)
    combine = np.mean if kernel == "mean" else np.prod
    return three_terms(condensed.mean(axis=0), combine(batch, axis=0))


def literal_ical(f, matrices, n, kernel):
    """Algorithm 1: for every step and every candidate, the statistic anew."""
    picks, gains = [], []
    for _ in range(n):
        step = 0 if f.one_set else len(picks) // f.n_per_step
        batch = picks[: len(picks) // f.n_per_step * f.n_per_step]
        rows = f._condensed(step)
        condensed = matrices if rows is None else matrices[rows]
        alpha = np.array(
            [literal_alpha(condensed, matrices[[*batch, x]], kernel) for x in range(N)]
        )
        free = [x for x in range(N) if x not in picks]
        picks.append(min(free, key=lambda x: (-round(alpha[x], 12), x)))
        gains.append(alpha[picks[-1]])
    return picks, gains


SETTINGS = [
    {"n_condense": 5, "n_per_step": 1, "resample": True},
    {"n_condense": 5, "n_per_step": 3, "resample": True},
    {"n_condense": 5, "n_per_step": 2, "resample": False},
    {"n_condense": N, "n_per_step": 1, "resample": True},
]


@pytest.mark.parametrize("kernel", ["mean", "product", "joint"])
@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_ical_is_the_step_by_step_evaluation(settings, task, kernel, as_array):
    kernels, matrices = make(task, as_array)
    f = Condensation(kernels, 7, batch_kernel=kernel, **settings)
    indices, gains = greedy(f, 8)
    picks, expected = literal_ical(f, matrices, 8, kernel)
    assert_array_equal(indices, picks)
    assert_allclose(gains, expected, rtol=1e-9)


def test_steps_draw_their_own_condensed_points():
    f = Condensation(make("classification")[0], 7, **SETTINGS[0])
    first, second = f._condensed(0), f._condensed(1)
    assert len(set(first)) == 5
    assert set(first) != set(second)
    assert_array_equal(f._condensed(0), first)


@pytest.mark.parametrize("settings", SETTINGS)
def test_blocks_do_not_change_the_picks(settings, monkeypatch):
    kernels, _ = make("classification")
    expected = greedy(Condensation(kernels, 7, **settings), 18)
    monkeypatch.setattr("skactive.objectives._condensation.FIRST_BLOCK", 2)
    monkeypatch.setattr("skactive.objectives._condensation.BLOCK_BYTES", 8 * N * 3)
    monkeypatch.setattr(LabelKernels, "rows_per_chunk", 5)
    for ours, theirs in zip(
        greedy(Condensation(kernels, 7, **settings), 18), expected, strict=True
    ):
        assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("kernel", ["mean", "product", "joint"])
def test_gains_of_rows_and_of_old_states(kernel):
    kernels, _ = make("regression")
    f = Condensation(kernels, 7, batch_kernel=kernel, **SETTINGS[1])
    old = f.start()
    before = f.gains(old)
    state = old
    for i in (3, 9, 4, 17):
        state = f.add(state, i)
    rows = np.array([5, 2, 11])
    assert_allclose(f.gains(state, rows), f.gains(state)[rows])
    assert_array_equal(f.gains(old), before)


def test_the_whole_pool_condensed_is_one_ranking():
    """MATH section 3: copies are then picked together."""
    rng = np.random.default_rng(0)
    y_nk = rng.integers(3, size=(N, K)).astype(np.uint8)
    y_nk = np.concatenate([y_nk, y_nk])
    f = Condensation(LabelKernels(y_nk, SCALES), 7, **SETTINGS[3] | {"n_condense": 99})
    indices, _ = greedy(f, 6)
    assert_array_equal(indices, top(f.gains(f.start()), 6)[0])
    assert len(set(indices % N)) == 3


def test_label_batches_do_not_depend_on_the_length_scales():
    y_nk = np.random.default_rng(0).integers(3, size=(N, K)).astype(np.uint8)
    batches = [
        greedy(Condensation(LabelKernels(y_nk, scales), 7, **SETTINGS[0]), 10)[0]
        for scales in (SCALES, (0.01,), (30, 70))
    ]
    assert_array_equal(batches[0], batches[1])
    assert_array_equal(batches[0], batches[2])


@pytest.mark.parametrize("cls", [Condensation, PointwiseCondensation])
def test_permuting_all_draws_alike_changes_nothing(cls):
    y_nk = np.random.default_rng(0).integers(3, size=(N, K)).astype(np.uint8)
    shuffled = y_nk[:, np.random.default_rng(1).permutation(K)]
    for ours, theirs in zip(
        greedy(cls(LabelKernels(y_nk, SCALES), 7, **SETTINGS[0]), 8),
        greedy(cls(LabelKernels(shuffled, SCALES), 7, **SETTINGS[0]), 8),
        strict=True,
    ):
        assert_allclose(ours, theirs, rtol=1e-10)


@pytest.mark.parametrize("cls", [Condensation, PointwiseCondensation])
@pytest.mark.parametrize("shape", [(N, K), (N, 1)])
def test_constant_labels_and_one_draw_are_worth_nothing(cls, shape):
    y_nk = np.full(shape, 2, dtype=np.uint8)
    f = cls(LabelKernels(y_nk, SCALES), 7, **SETTINGS[0])
    assert_array_equal(f.gains(f.start()), 0)
    with pytest.warns(UserWarning, match="same gain"):
        indices, _ = greedy(f, 4)
    assert_array_equal(indices, np.arange(4))


def literal_pointwise(f, matrices, n):
    """Appendix of the paper, pair of points by pair of points."""
    picks, gains = [], []
    for _ in range(n):
        step = 0 if f.one_set else len(picks) // f.n_per_step
        batch = picks[: len(picks) // f.n_per_step * f.n_per_step]
        rows = f._condensed(step)
        condensed = matrices if rows is None else matrices[rows]

        def d(points, condensed=condensed):
            mean = matrices[points].mean(axis=0)
            return np.array([three_terms(K_i, mean) for K_i in condensed])

        after = np.array([d([*batch, x]) for x in range(N)])
        worth = alpha = after.mean(axis=1)
        if batch:
            before = d(batch)
            growth = np.maximum(after / before, 1).mean(axis=1) - 1
            free = [x for x in range(N) if x not in picks]
            worth = alpha * growth if (growth[free] > 0).any() else alpha
        free = [x for x in range(N) if x not in picks]
        picks.append(min(free, key=lambda x: (-round(worth[x], 12), x)))
        gains.append(worth[picks[-1]])
    return picks, gains


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_pointwise_is_its_definition(settings, task, as_array):
    kernels, matrices = make(task, as_array)
    f = PointwiseCondensation(kernels, 7, **settings)
    indices, gains = greedy(f, 7)
    picks, expected = literal_pointwise(f, matrices, 7)
    assert_array_equal(indices, picks)
    assert_allclose(gains, expected, rtol=1e-8)


# primes: no two points have labels of covariance zero, which the literal form would
# divide by; as few as take tables
@pytest.mark.parametrize(("c", "k"), [(2, 11), (3, 29)])
@pytest.mark.parametrize("settings", SETTINGS)
def test_tables_of_labels_stand_for_pairs_of_draws(settings, c, k, as_array):
    y_nk = np.random.default_rng(c).integers(c, size=(N, k)).astype(np.uint8)
    matrices = rational_quadratic(squared_distances(one_hot(y_nk, c)), SCALES)
    kernels = LabelKernels(as_array(y_nk), SCALES, c)
    assert kernels.has_few_classes
    f = PointwiseCondensation(kernels, 7, **settings)
    indices, gains = greedy(f, 4)
    picks, expected = literal_pointwise(f, matrices, 4)
    assert_array_equal(indices, picks)
    assert_allclose(gains, expected, rtol=1e-8)


@pytest.mark.parametrize("c", [2, 3])
@pytest.mark.parametrize("settings", SETTINGS)
def test_tables_and_pairs_agree_on_labels_without_information(settings, c, as_array):
    y_nk = np.random.default_rng(c).integers(c, size=(N, 40)).astype(np.uint8)
    y_nk[::5] = 1  # the same in all draws: the literal form divides zero by zero
    tables = LabelKernels(as_array(y_nk), SCALES, c)
    indices, gains = greedy(PointwiseCondensation(tables, 7, **settings), 7)
    pairs = LabelKernels(as_array(y_nk), SCALES)
    again, same = greedy(PointwiseCondensation(pairs, 7, **settings), 7)
    assert_array_equal(indices, again)
    assert_allclose(gains, same, rtol=1e-10)


def test_tables_of_labels_do_not_depend_on_chunks():
    y_nk = np.random.default_rng(0).integers(3, size=(N, 40)).astype(np.uint8)
    kernels = LabelKernels(y_nk, SCALES, 3)
    whole = dependence_on_each(kernels, kernels, np.arange(9))
    with config_context(working_memory=1e-3):
        chunked = dependence_on_each(kernels, kernels, np.arange(9))
    assert_allclose(chunked, whole, rtol=1e-13)


def test_pointwise_counts_no_growth_where_both_are_zero():
    """A condensed point that nothing says anything about has ratio 1, not NaN."""
    y_nk = np.random.default_rng(0).integers(3, size=(N, K)).astype(np.uint8)
    y_nk[: N // 2] = 1
    f = PointwiseCondensation(LabelKernels(y_nk, SCALES), 7, **SETTINGS[3])
    _, gains = greedy(f, 6)
    assert np.isfinite(gains).all()


def test_pointwise_falls_back_to_alpha_where_nothing_grows():
    """Copies of one point: no batch says more than its first pick."""
    y_nk = np.tile(np.arange(K) % 3, (N, 1)).astype(np.uint8)
    settings = SETTINGS[0]
    f = PointwiseCondensation(LabelKernels(y_nk, SCALES), 7, **settings)
    alpha = f.gains(f.start())
    with pytest.warns(UserWarning, match="same gain"):
        _, gains = greedy(f, 3)
    assert_allclose(gains, alpha[0], rtol=1e-10)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_pointwise_gains_do_not_depend_on_the_rows_asked(settings, task, as_array):
    """Whether any point grows is a question about the pool, not about the rows."""
    f = PointwiseCondensation(make(task, as_array)[0], 7, **settings)
    state = f.add(f.add(f.start(), 3), 1)
    for i in range(N):
        assert_allclose(f.gains(state, [i]), f.gains(state)[[i]], rtol=1e-10)


@pytest.mark.parametrize("batch_kernel", ["mean", "product"])
def test_kernels_run_on_the_meta_device(batch_kernel):
    """Whatever is created says where it lives: found without a GPU."""
    torch = pytest.importorskip("torch")
    y_nk = torch.zeros((N, K), dtype=torch.uint8, device="meta")
    f_nkc = torch.zeros((N, K, 2), dtype=torch.float32, device="meta")
    tables = LabelKernels(
        torch.zeros((N, 40), dtype=torch.uint8, device="meta"), (1,), 3
    )
    assert dependence_on_each(tables, tables, [1, 4]).device.type == "meta"
    for kernels in (LabelKernels(y_nk, SCALES), ValueKernels(f_nkc, SCALES)):
        f = Condensation(kernels, 7, batch_kernel=batch_kernel, **SETTINGS[0])
        gains = f.gains(f.add(f.start(), 3))
        assert gains.device.type == "meta"
        assert gains.shape == (N,)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [10, 30])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_growth_of_nothing_but_rounding_is_none(task, k, seed, as_array):
    """Copies of one point: whatever the chunk, nothing grows, and picks go by index."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 45))
    if task == "classification":
        y_nk = np.repeat(rng.integers(3, size=(1, k)).astype(np.uint8), n, axis=0)
        kernels = LabelKernels(as_array(y_nk), SCALES, 3)
    else:
        f_nkc = np.repeat(rng.normal(size=(1, k, 1)), n, axis=0)
        kernels = ValueKernels(as_array(f_nkc), SCALES)
    f = PointwiseCondensation(kernels, 7, **SETTINGS[0])
    for memory in (1024, 1e-4, 1e-3, 5e-3, 2e-2):
        with config_context(working_memory=memory), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert greedy(f, 6)[0].tolist() == [0, 1, 2, 3, 4, 5]
        f = PointwiseCondensation(kernels, 7, **SETTINGS[0])


def test_two_bits_and_their_xor():
    """Pairwise independent: only the joint labels tell the third one."""
    y_nk = np.array([[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]], dtype=np.uint8)
    kernels = LabelKernels(y_nk, SCALES)
    kappa = kernels.offset
    for kernel in ("product", "joint"):
        f = Condensation(kernels, 0, batch_kernel=kernel, **SETTINGS[3])
        f._condensed = lambda step: np.array([2])  # the pool is their xor
        assert_allclose(f.gains(f.start())[:2], 0, atol=1e-15)
        gain = f.gains(f.add(f.start(), 0))[1]
        assert_allclose(gain, (1 - kappa) ** 3 / 8, rtol=1e-12)
        assert_allclose(gain, 0.0134388, atol=5e-8)
        assert_allclose(f.value(f.add(f.add(f.start(), 0), 1)), gain, rtol=1e-12)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_joint_and_product_begin_alike_and_then_differ(task):
    kernels, _ = make(task)
    product, joint = (
        Condensation(kernels, 7, batch_kernel=kernel, **SETTINGS[0])
        for kernel in ("product", "joint")
    )
    assert_allclose(product.gains(product.start()), joint.gains(joint.start()))
    after = [f.gains(f.add(f.start(), 3)) for f in (product, joint)]
    assert np.abs(after[0] - after[1]).max() > 1e-4
