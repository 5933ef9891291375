"""Build and installation of skactive; tool settings stand in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(
    r'^__version__ = "(.+)"$', (HERE / "skactive/__init__.py").read_text(), re.MULTILINE
)[1]

TORCH = ["torch>=2.2", "skorch>=1.0"]  # nets with MC dropout; selection on the GPU
GP = [*TORCH, "gpytorch>=1.11"]  # Gaussian processes of skorch.probabilistic
PLOT = ["matplotlib>=3.8", "pandas>=2.1"]  # learning curves, results as data frames
TEST = [*PLOT, "hypothesis>=6.90", "numpydoc>=1.6", "pytest>=7.4", "pytest-xdist>=3.5"]
IMAGES = ["pillow>=10"]  # CIFAR-10 in a folder is JPEGs
FRAMES = ["polars>=1.0"]  # tested as a container; pandas comes with the plots
STATS = ["statsmodels>=0.14"]  # what compare_curves is tested against
DASK = ["dask[array,dataframe]>=2024.8", "distributed>=2024.8"]  # pools on a cluster
LINT = ["codespell>=2.2", "mypy>=1.11", "ruff>=0.6"]
DOC = [*PLOT, "numpydoc>=1.6", "pydata-sphinx-theme>=0.15", "sphinx>=7.3"]

setup(
    name="skactive",
    version=VERSION,
    description="Active learning for scikit-learn models and skorch nets",
    long_description=(HERE / "README.rst").read_text(),
    long_description_content_type="text/x-rst",
    license="BSD-3-Clause",
    author="The skactive developers",
    keywords="active learning, batch acquisition, Bayesian deep learning, scikit-learn",
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
    packages=find_packages(include=["skactive", "skactive.*"]),
    package_data={"skactive": ["py.typed"]},
    python_requires=">=3.11",
    install_requires=[
        "numpy>=1.26",
        "scipy>=1.11",
        "scikit-learn>=1.6",
        "joblib>=1.3",
        "array-api-compat>=1.10",  # one set of names for NumPy and PyTorch
        "tqdm>=4.66",  # progress bars on long work
    ],
    extras_require={
        "torch": TORCH,
        "gp": GP,
        "plot": PLOT,
        "dask": DASK,
        "images": IMAGES,
        "test": TEST,
        "lint": LINT,
        "doc": DOC,
        "all": sorted({*GP, *DASK, *TEST, *IMAGES, *FRAMES, *STATS, *LINT, *DOC}),
    },
)
