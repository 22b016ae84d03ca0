"""The version that is stored with every reading, annotation and run."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

import pytest

from QualityFinetuneLib.common.version import __version__


def test_the_version_has_three_numbers() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_installed_package_has_the_same_version() -> None:
    try:
        installed = version("qualityfinetune")
    except PackageNotFoundError:
        pytest.skip("the package is not installed, only on the path")
    assert installed == __version__
