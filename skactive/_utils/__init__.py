"""Helpers of every layer: arrays, scikit-learn's private names, checks; layer 0."""

__all__: list[str] = []
