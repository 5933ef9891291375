"""Time and memory of the gradient family: BADGE, FASS and BAIT, each in one run.

    python benchmarks/speed/bench_gradients.py [--quick] [--peer]

``--peer`` also times scikit-activeml's Badge on the same model in the same process,
where scikit-activeml is installed. Each claim is asserted as a ratio or a size: a
benchmark whose claim no longer holds fails.
"""

import numpy as np
from given import Given
from measure import begin, command_line, peak_bytes, timed
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from skactive import BADGE
from skactive.distributed import as_pool
from skactive.objectives._fisher_trace import _seen, fisher_trace, label_roots
from skactive.selection import greedy, lazy_greedy
from skactive.strategies._fass import ClassCoverage

MIB = 2**20


class Fixed(Given):
    """A trained model with given predictions (n, c) and features (n, d)."""

    def __init__(self, m_nc, phi_nd):
        super().__init__(m_nc[:, None])
        self.phi_nd = phi_nd

    def embed(self, X):
        """Return the features uncopied: copies would count as memory of the query."""
        return self.phi_nd


def random_model(n, c, d, seed=0, dtype="float32"):
    """Predicted probabilities (n, c) and features (n, d) like a net's."""
    rng = np.random.default_rng(seed)
    m_nc = rng.standard_exponential((n, c), dtype=dtype)
    m_nc /= m_nc.sum(axis=1, keepdims=True)
    phi_nd = rng.standard_normal((n, d), dtype=dtype)
    return m_nc, np.maximum(phi_nd, 0, out=phi_nd)


def bench_badge_memory(n=20_000, c=100, d=768, b=100):
    """Peak memory of a query of BADGE, the model's own arrays included."""
    m_nc, phi_nd = random_model(n, c, d)
    inputs = m_nc.nbytes + phi_nd.nbytes
    strategy = BADGE(Fixed(m_nc, phi_nd), random_state=0).fit([0], [0])
    beyond, (seconds, _) = peak_bytes(
        lambda: timed(lambda: strategy.query(np.arange(n), b))
    )
    peak = inputs + beyond
    explicit = 8 * n * c * d
    print(
        f"BADGE, n={n} c={c} d={d} b={b}: {seconds:.1f} s (traced), peak memory "
        f"{peak / MIB:.0f} MiB, {inputs / MIB:.0f} of them predictions and features; "
        f"explicit gradients {explicit / 2**30:.1f} GiB in float64"
    )
    return peak


def bench_badge_peer(n=10_000, c=10, d=128, b=100):
    """BADGE against scikit-activeml's, from one fitted logistic regression."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + 500, d))
    y = (X @ rng.normal(size=(d, c))).argmax(axis=1)
    model = LogisticRegression(max_iter=1000).fit(X[n:], y[n:])
    ours = BADGE(FrozenEstimator(model), random_state=0).fit(X[n:], y[n:])
    seconds = min(timed(lambda: ours.query(X[:n], b))[0] for _ in range(3))
    peer, batch = timed(peer_query(X, y, n, b))
    assert len(set(batch)) == b
    print(
        f"BADGE, n={n} c={c} d={d} b={b}: {1e3 * seconds:.0f} ms; scikit-activeml "
        f"{1e3 * peer:.0f} ms: {peer / seconds:.0f} times"
    )
    return peer / seconds


def peer_query(X, y, n, b):
    """Query of scikit-activeml's Badge, its model fitted on what follows the pool."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import Badge

    model = LogisticRegression(max_iter=1000)
    clf = SklearnClassifier(model, classes=np.unique(y)).fit(X[n:], y[n:])
    labels = np.where(np.arange(len(X)) < n, np.nan, y)
    badge = Badge(random_state=0)
    return lambda: badge.query(X, labels, clf, False, batch_size=b)


def bench_fass(m=3000, d=64, c=10, b=300):
    """FASS by lazy against plain greedy, the same picks."""
    m_nc, phi_nd = random_model(m, c, d)
    f = ClassCoverage(phi_nd, m_nc.argmax(axis=1))
    lazy, (indices, _) = timed(lambda: lazy_greedy(f, b))
    steps = max(b // 20, 3)
    plain, (first, _) = timed(lambda: greedy(f, steps))
    assert indices[:steps].tolist() == first.tolist(), "lazy and plain pick differently"
    ratio = (plain / steps) / (lazy / b)
    print(
        f"FASS, {m} points kept, d={d} b={b}: {1e3 * lazy / b:.2f} ms a pick; plain "
        f"greedy {1e3 * plain / steps:.1f} ms: {ratio:.0f} times"
    )
    return ratio


def bench_bait(n=2000, c=10, d=64, steps=4):
    """BAIT by low-rank updates against the inverse and all forms recomputed."""
    m_nc, phi_nd = random_model(n, c, d)
    parts = label_roots(m_nc), phi_nd
    labelled = tuple(part[:100] for part in parts)
    roots = as_pool(np.arange(n)).map(lambda X, first: parts)
    f = fisher_trace(roots, labelled, 1.0)
    updated, (picks, gains) = timed(lambda: greedy(f, steps + 1))
    dense, last = timed(lambda: recomputed_gains(f.start(), parts, picks[:steps]))
    assert np.isclose(last[picks[-1]], gains[-1])
    ratio = dense / updated
    print(
        f"BAIT, n={n} c={c} d={d}: {1e3 * updated / steps:.0f} ms a pick; recomputed "
        f"{1e3 * dense / steps:.0f} ms: {ratio:.0f} times"
    )
    return ratio


def recomputed_gains(state, parts, picks):
    """Gains after some picks, the inverse and all forms recomputed at each."""
    roots, phi_nd = parts
    m = np.linalg.inv(state.a)
    middle = m @ state.b @ m
    for i in picks:
        v = (roots[i][:, None] * phi_nd[i][:, None]).reshape(len(m), -1)
        m = m + v @ v.T
        a = np.linalg.inv(m)
        t, s = _seen(*parts, a), _seen(*parts, a @ middle @ a)
    return np.linalg.trace(np.linalg.solve(np.eye(t.shape[-1]) + t, s))


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    parser = command_line(__doc__, "smaller sizes")
    parser.add_argument("--peer", action="store_true", help="scikit-activeml as well")
    arguments = begin(parser, argv)
    quick = {"n": 2000, "c": 20} if arguments.quick else {}
    assert bench_badge_memory(**quick) < 200 * MIB
    assert bench_fass(**({"m": 1000, "b": 100} if arguments.quick else {})) > 2
    assert bench_bait(**({"n": 1000, "c": 5} if arguments.quick else {})) > 2
    if arguments.peer:
        assert bench_badge_peer() > 10


if __name__ == "__main__":
    main()
