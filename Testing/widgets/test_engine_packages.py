"""Installing the engine into Slicer's own Python."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import UserError


def a_pytorch_extension(torch: object) -> ModuleType:
    module = ModuleType("PyTorchUtils")
    module.PyTorchUtilsLogic = lambda: SimpleNamespace(installTorch=lambda askConfirmation: torch)  # type: ignore[attr-defined]  # noqa: N803
    return module


def test_without_the_extension_the_way_is_told(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets.engine_packages import install_engine

    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    with pytest.raises(UserError, match="Extensions Manager"):
        install_engine()


def test_torch_comes_from_the_extension_and_the_rest_from_pip(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets.engine_packages import install_engine

    asked: list[str] = []
    monkeypatch.setitem(sys.modules, "PyTorchUtils", a_pytorch_extension(object()))
    monkeypatch.setattr(desktop.slicer.util, "pip_install", asked.append, raising=False)
    install_engine()
    assert "monai" in asked[0] and asked[1].startswith("--no-deps lavlab-taps")


def test_a_declined_torch_installs_nothing_else(desktop: SimpleNamespace, monkeypatch: Any) -> None:
    from QualityFinetuneLib.widgets.engine_packages import install_engine

    asked: list[str] = []
    monkeypatch.setitem(sys.modules, "PyTorchUtils", a_pytorch_extension(None))
    monkeypatch.setattr(desktop.slicer.util, "pip_install", asked.append, raising=False)
    with pytest.raises(UserError, match="not installed completely"):
        install_engine()
    assert asked == []
