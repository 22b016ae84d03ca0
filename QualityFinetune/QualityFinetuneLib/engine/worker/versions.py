"""Versions stored with each run, read without importing the packages."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from ...common.version import __version__

_PACKAGES = ("torch", "monai", "numpy", "scipy", "SimpleITK", "safetensors")


def versions() -> dict[str, str]:
    """Name to version of us, Python and what computes the numbers; what is not installed is left out."""
    found = {"qualityfinetune": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
