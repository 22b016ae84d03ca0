"""Translation, with Slicer and without."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from QualityFinetuneLib.widgets import i18n


def loaded_anew() -> ModuleType:
    """The file as it is when it is imported now."""
    spec = importlib.util.spec_from_file_location("i18n_anew", str(i18n.__file__))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_slicer_a_text_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "slicer.i18n", None)
    assert loaded_anew().tr("{count} cases") == "{count} cases"


def test_inside_slicer_its_translation_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    slicer, translations = ModuleType("slicer"), ModuleType("slicer.i18n")
    translations.tr = {"Case": "Fall"}.__getitem__  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "slicer", slicer)
    monkeypatch.setitem(sys.modules, "slicer.i18n", translations)
    assert loaded_anew().tr("Case") == "Fall"
