"""YAML into models: what is read, what is refused, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import load_yaml, parse_yaml, save_yaml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size_mm: float = Field(gt=0)
    kind: Literal["small", "large"] = "small"


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    parts: list[Part] = []
    where: Path | None = None

    @field_validator("name")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value) > 60:
            raise ValueError("is too long")
        return value


def why(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_yaml(text, Settings, source="study.yaml")
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert "study.yaml" in caught.value.what
    assert caught.value.why.endswith(".")
    return caught.value.why


def test_a_valid_file_becomes_a_model(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text("name: Größe\nparts:\n  - size_mm: 2\n", encoding="utf-8")
    assert load_yaml(tmp_path / "a.yaml", Settings) == Settings(name="Größe", parts=[Part(size_mm=2)])


@given(
    name=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60),
    sizes=st.lists(st.floats(0.001, 1e6), max_size=5),
)
def test_what_is_saved_is_loaded(tmp_path_factory, name, sizes) -> None:
    path = tmp_path_factory.mktemp("yaml") / "a.yaml"
    settings = Settings(name=name, parts=[Part(size_mm=size, kind="large") for size in sizes], where=Path("a/b"))
    save_yaml(path, settings)
    assert load_yaml(path, Settings) == settings


def test_a_mistake_is_told_with_line_key_value_and_allowed_values() -> None:
    found = why("name: x\nparts:\n  - size_mm: 1\n  - size_mm: 2\n    kind: huge\n")
    for words in ("ine 5", "parts.1.kind", "'huge'", "'small' or 'large'"):
        assert words in found


def test_a_missing_key_is_told_with_the_line_of_its_parent() -> None:
    found = why("name: x\nparts:\n  - kind: small\n")
    assert "ine 3" in found
    assert "parts.0.size_mm" in found


def test_an_unknown_key_is_told() -> None:
    assert "colour" in why("name: x\ncolour: red\n")


def test_all_mistakes_are_told_at_once() -> None:
    found = why("nam: x\nparts:\n  - size_mm: -1\n")
    assert "name" in found
    assert "size_mm" in found


def test_own_rules_are_told() -> None:
    assert "too long" in why(f"name: {'x' * 61}\n")


@pytest.mark.parametrize("text, words", [("a: [1\n", "line 2"), ("a: b: c\n", "line 1"), ("\t- x", "line 1")])
def test_broken_yaml_is_told_with_its_line(text, words) -> None:
    found = why(text)
    assert "not valid YAML" in found
    assert words in found


@pytest.mark.parametrize("text", ["", "just words", "[1, 2]", "42"])
def test_yaml_that_is_no_mapping_is_refused(text) -> None:
    assert why(text)


def test_yaml_cannot_build_objects(tmp_path) -> None:
    marker = tmp_path / "ran"
    assert "not valid YAML" in why(f"name: !!python/object/apply:pathlib.Path.touch [{marker}]\n")
    assert not marker.exists()


def test_a_file_that_cannot_be_read_is_told(tmp_path) -> None:
    (tmp_path / "latin.yaml").write_bytes("name: Größe".encode("latin-1"))
    for path in (tmp_path / "gone.yaml", tmp_path / "latin.yaml", tmp_path):
        with pytest.raises(UserError) as caught:
            load_yaml(path, Settings)
        assert caught.value.code is ErrorCode.UNREADABLE_FILE
        assert str(path) in caught.value.what
