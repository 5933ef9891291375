"""Pools that lie on a cluster in parts, and what is made of them; layer 1."""

__all__: list[str] = []
