"""Versions of what computes the numbers are known without importing it."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.engine.worker import versions as module
from QualityFinetuneLib.engine.worker.versions import versions


def test_our_own_pythons_and_torchs_versions_are_told() -> None:
    assert {"qualityfinetune", "python", "torch", "monai"} <= versions().keys()


def test_a_package_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PACKAGES", ("numpy", "no-such-package"))
    assert set(versions()) == {"qualityfinetune", "python", "numpy"}
