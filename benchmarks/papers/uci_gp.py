"""Every regression strategy on UCI sets with a Gaussian process, against random.

As `uci_forest`. The kernel is isotropic on standardised features, with noise; its three
parameters are fitted anew in every round.
"""

from _uci import SETTINGS, main_with
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel


def process(args):
    """Gaussian process, not yet fitted."""
    kernel = ConstantKernel(1.0) * RBF(2.0) + WhiteKernel(0.1)
    return GaussianProcessRegressor(kernel, normalize_y=True)


def main(argv=None):
    """Run the experiment of the command line."""
    main_with(__file__, __doc__, SETTINGS, process, argv)


if __name__ == "__main__":
    main()
