"""`slicer.i18n` and `slicer.packaging`: the Python modules of Slicer that slicer-core leaves out."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

pip_calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
"""What a module asked `slicer.packaging` and `slicer.util` to install: (function, arguments, keywords)."""


def make_i18n() -> ModuleType:
    """`from slicer.i18n import tr as _, translate`."""
    module = ModuleType("slicer.i18n")
    module.tr = _tr
    module.translate = lambda context, text: _tr(text)
    module.getContext = lambda path: Path(path).stem
    return module


def _tr(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"tr() takes a str, not {type(text).__name__}")
    return text


def make_packaging() -> ModuleType:
    """Silent as in Slicer's testing mode: notes the call and installs nothing."""
    module = ModuleType("slicer.packaging")
    for name in ("pip_install", "pip_ensure", "pip_uninstall"):
        setattr(module, name, _noted(name))
    module.pip_check = lambda requirements: True
    module.load_requirements = _load_requirements
    return module


def _noted(name: str) -> Any:
    def function(*arguments: Any, **keywords: Any) -> None:
        pip_calls.append((name, arguments, keywords))

    function.__name__ = name
    return function


def _load_requirements(path: str | Path) -> list[Any]:
    from packaging.requirements import Requirement

    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]
