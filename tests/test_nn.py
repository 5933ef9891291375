import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, stats

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier  # noqa: E402
from torch import nn  # noqa: E402

from skactive import BALD  # noqa: E402
from skactive.nn import VariationalDropout, kl_divergence  # noqa: E402
from skactive.samplers import DropoutSampler  # noqa: E402
from skactive.samplers.dropout import _masks  # noqa: E402
from skactive.testing import check_sampler, make_data  # noqa: E402


def layer(seed=0, n_in=4, n_out=3, log_variance=-2.0, **params):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return VariationalDropout(n_in, n_out, log_variance=log_variance, **params)


class VariationalNet(NeuralNetClassifier):
    def get_loss(self, y_pred, y_true, X=None, training=False):
        loss = super().get_loss(y_pred, y_true, X=X, training=training)
        return loss + training * kl_divergence(self.module_) / 30


def net(**params):
    module = nn.Sequential(
        *(layer(n_in=6, n_out=8), nn.ReLU(), layer(n_in=8, n_out=8), nn.ReLU()),
        *(nn.Dropout(0.3), nn.Linear(8, 3)),
    )
    params = {"max_epochs": 2, "train_split": None, "verbose": 0, **params}
    return VariationalNet(module, criterion=nn.CrossEntropyLoss, **params)


@pytest.mark.parametrize("bias", [True, False])
def test_at_rest_it_is_a_linear_layer(bias):
    ours, x = layer(bias=bias).eval(), torch.randn(5, 4)
    linear = nn.Linear(4, 3, bias=bias)
    linear.load_state_dict(ours.state_dict(), strict=False)
    assert_array_equal(ours(x).detach(), linear(x).detach())


def test_moments_in_training_and_of_draws_are_those_of_normal_weights():
    """Noise on outputs and noise on weights against the moments of the weights."""
    ours, k = layer().double().train(), 20_000
    x = torch.as_tensor(np.random.default_rng(0).normal(size=(2, 4)))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        trained = ours(x.repeat(k, 1)).view(k, 2, 3)
        noise = torch.randn(k, *ours.noise_shape, dtype=torch.float64)
        drawn = torch.stack([ours.with_noise(x, z) for z in noise])
        mean, variance = ours.eval()(x), x**2 @ ours.log_variance.exp().T
    for sample in (trained, drawn):
        error = abs(sample.mean(0) - mean)
        assert (error < 5 * (variance / k).sqrt()).all()
        assert_allclose(sample.var(0), variance, rtol=0.06)
    # a draw of weights is one function: its noise at two points goes together
    between = np.corrcoef(drawn[:, 0, 0], drawn[:, 1, 0])[0, 1]
    expected = (x[0] * x[1]).sum() / (x[0].norm() * x[1].norm())  # equal variances
    assert abs(between - expected) < 0.05
    assert abs(np.corrcoef(trained[:, 0, 0], trained[:, 1, 0])[0, 1]) < 0.05


def test_gradients_are_finite_where_inputs_are_zero():
    ours = layer().train()
    ours(torch.zeros(2, 4)).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in ours.parameters())


def log_of_normal(alpha):
    """Mean of log |e| for a normal e with mean 1 and variance alpha."""
    law = stats.norm(1, alpha**0.5)
    pieces = [-20 * alpha**0.5, -1, -1e-3, 0, 1e-3, 1, 2, 2 + 20 * alpha**0.5]
    return sum(
        integrate.quad(lambda e: law.pdf(e) * np.log(abs(e)), low, high, limit=200)[0]
        for low, high in zip(sorted(pieces), sorted(pieces)[1:], strict=False)
        if high > low
    )


@pytest.mark.parametrize("alpha", [1e-3, 0.05, 0.3, 1.0, 4.0, 50.0])
def test_divergence_is_the_integral(alpha):
    """Kingma et al. 2015, appendix C: KL = E log |e| - log(alpha) / 2 + constant."""
    exact = log_of_normal(alpha) - 0.5 * np.log(alpha)
    constant = -0.5 * (np.euler_gamma + np.log(2))  # of pure noise
    ours = layer(n_in=1, n_out=1).double()
    with torch.no_grad():
        ours.weight.fill_(2.0)
        ours.log_variance.fill_(np.log(4 * alpha))
    assert abs(ours.kl_divergence().item() - (exact - constant)) < 0.02


def test_divergences_are_summed():
    module = nn.Sequential(layer(0), nn.ReLU(), nn.Sequential(layer(1)))
    expected = module[0].kl_divergence() + module[2][0].kl_divergence()
    assert_allclose(kl_divergence(module).detach(), expected.detach())
    with pytest.raises(ValueError, match=r"Linear has no variational layer.*Variation"):
        kl_divergence(nn.Linear(2, 2))


def test_training_learns_the_noise():
    X, y, _ = make_data("classification")
    before = net().initialize().module_[0].log_variance.detach().clone()
    fitted = DropoutSampler(net(), random_state=0).fit(X, y)
    after = fitted.estimator_.module_[0].log_variance
    assert torch.isfinite(after).all()
    assert (after != before).any()


@pytest.mark.parametrize("thin", [True, False])
def test_the_sampler_keeps_its_contract(thin):
    check_sampler(DropoutSampler(net(), n_draws=5, random_state=0, thin=thin))


def test_draws_are_those_of_weights_written_out(monkeypatch):
    X, y, X_pool = make_data("classification")
    sampler = DropoutSampler(net(), n_draws=4, random_state=0).fit(X, y)
    assert sampler.thinned_ == {
        "0": "masked after a shared prefix: VariationalDropout draws weights, not "
        "channels",
        "2": "masked: VariationalDropout draws weights, not channels",
        "4": "thinned",
    }
    draws = sampler.draw(X_pool, 0)
    masked = sampler.set_params(thin=False).fit(X, y).draw(X_pool, 0)
    assert_allclose(draws, masked, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(_masks, "MAX_NOISE_BYTES", 0)  # made again for each batch
    assert_array_equal(sampler.draw(X_pool, 0), masked)
    module = sampler.estimator_.module_.eval()
    seed = int(np.random.default_rng(0).integers(2**63))
    with torch.no_grad():
        for k in range(4):
            z = torch.as_tensor(X_pool.copy())
            for place, part in enumerate((module[0], module[2])):
                noise = np.random.default_rng([seed, place, 0, k]).standard_normal(
                    part.noise_shape, dtype=np.float32
                )
                noise = torch.as_tensor(noise)
                weight = part.weight + part.log_variance.exp().sqrt() * noise
                z = torch.relu(z @ weight.T + part.bias)
            rng = np.random.default_rng([seed, 2, 0, k])
            kept = torch.as_tensor(rng.random(8, dtype=np.float32) >= 0.3)
            expected = torch.softmax(module[5](z * kept / 0.7), dim=1)
            assert_allclose(draws[:, k], expected, rtol=1e-4, atol=1e-5)


def test_a_net_with_this_noise_alone_has_a_posterior():
    X, y, X_pool = make_data("classification")
    module = nn.Sequential(layer(n_in=6, n_out=8), nn.ReLU(), nn.Linear(8, 3))
    noisy = NeuralNetClassifier(
        module, criterion=nn.CrossEntropyLoss, max_epochs=1, verbose=0
    )
    batch = BALD(noisy, random_state=0).fit(X, y).query(X_pool, 4)
    assert len(set(batch.tolist())) == 4
