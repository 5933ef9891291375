"""Every regression strategy on UCI sets with a Gaussian process, against random.

As `uci_forest`. The kernel is isotropic on standardised features, with noise; its three
parameters are fitted again in every round.
"""

from _driver import Experiment
from _every import report_every, small_multiples
from _uci import UCISettings, uci_curves
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel


def run(settings):
    """Learning curves of all strategies."""
    kernel = ConstantKernel(1.0) * RBF(2.0) + WhiteKernel(0.1)
    return uci_curves(settings, GaussianProcessRegressor(kernel, normalize_y=True))


main = Experiment(
    __file__, __doc__, UCISettings, run, report_every, small_multiples
).main

if __name__ == "__main__":
    main()
