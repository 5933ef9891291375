"""Build and installation of skactive; what to build stands in pyproject.toml."""

from setuptools import setup

setup()
