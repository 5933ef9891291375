"""Time and memory of drawing from linear models and Gaussian processes, in one run.

    python benchmarks/speed/bench_samplers.py [--quick]

Each claim is asserted: a benchmark whose claim no longer holds fails.
"""

import numpy as np
import scipy.sparse as sp
from measure import begin, command_line, peak_bytes, timed
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression

from skactive.samplers import GaussianProcessSampler, LinearSampler
from skactive.samplers._laplace import among_weights_of, within_span_of


def documents(n, d, c, seed=0):
    """Logarithms of word counts: documents of 100 words that depend on the topic."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % c
    words = rng.integers(d, size=(n, 100))
    of_topic = rng.integers(d // (5 * c), size=(n, 100)) + y[:, None] * (d // c)
    words = np.where(rng.random((n, 100)) < 0.5, of_topic, words)
    ones = np.ones(words.size)
    rows = np.repeat(np.arange(n), 100)
    X = sp.csr_array((ones, (rows, words.ravel())), shape=(n, d))
    X.data = np.log1p(X.data)
    return X, y


def bench_text(n, d, c, k=50):
    """LogisticRegression on sparse text: memory against that of the weights."""
    X, y = documents(n, d, c)
    pool, _ = documents(2000, d, c, seed=1)
    sampler = LinearSampler(LogisticRegression(C=10), n_draws=k)
    fitting, _ = timed(lambda: sampler.fit(X, y))
    drawing, functions = timed(lambda: sampler.functions(np.random.default_rng(0)))
    evaluating, p_nkc = timed(lambda: functions(pool))
    peak, _ = peak_bytes(lambda: sampler.functions(np.random.default_rng(0)))
    weights = 8 * (d + 1) * k * c
    print(
        f"LogisticRegression, n={n} d={d} c={c} k={k}: fit {fitting:.2f} s, functions "
        f"{drawing:.2f} s, {len(p_nkc)} points {evaluating:.2f} s; peak "
        f"{peak / 1e6:.0f} MB, {peak / weights:.2f} times the weights"
    )
    return peak / weights


def bench_span(n, d, c, k=50):
    """The span of the points against the space of weights: time."""
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(n, d))
    p_nc = rng.dirichlet(np.ones(c), size=n)
    model = phi, p_nc, np.ones(n), np.ones(d), k
    slow, _ = timed(lambda: among_weights_of(*model, np.random.default_rng(0)))
    fast, _ = timed(lambda: within_span_of(*model, np.random.default_rng(0)))
    print(
        f"Laplace, n={n} d={d} c={c} k={k}: among weights {slow:.2f} s, within the "
        f"span {fast:.3f} s: {slow / fast:.0f} times"
    )
    return slow / fast


def bench_process(n, k=50):
    """Joint draws of a Gaussian process against its covariance alone: time."""
    rng = np.random.default_rng(0)
    X, X_pool = rng.normal(size=(100, 5)), rng.normal(size=(n, 5))
    process = GaussianProcessRegressor(alpha=0.1, optimizer=None)
    sampler = GaussianProcessSampler(process, n_draws=k).fit(X, X[:, 0])
    bare, _ = timed(lambda: sampler.estimator_.predict(X_pool, return_cov=True))
    seconds, _ = timed(lambda: sampler.draw(X_pool, rng=0))
    theirs, _ = timed(lambda: sampler.estimator_.sample_y(X_pool, k))
    print(
        f"Gaussian process, n={n} k={k}: {seconds:.2f} s; covariance alone "
        f"{bare:.2f} s, scikit-learn's sample_y {theirs:.2f} s"
    )
    return theirs / seconds


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    quick = begin(command_line(__doc__, "a tenth of the size"), argv).quick
    text = (100, 4000, 5) if quick else (500, 20_000, 20)
    assert bench_text(*text) < 1.5, "more memory than the weights and a half"
    assert bench_span(*((60, 300, 5) if quick else (100, 400, 10))) > (
        2 if quick else 5
    )
    assert bench_process(500 if quick else 2000) > (1 if quick else 3)


if __name__ == "__main__":
    main()
