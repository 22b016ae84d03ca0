"""Traps of YAML itself: repeated keys, aliases that expand without end, tags that build objects."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import parse_yaml


class _Site(BaseModel):
    name: str
    items: list[dict[str, int]] = []


def test_a_repeated_key_is_told_by_both_lines() -> None:
    with pytest.raises(UserError, match=r"Line 3 repeats the key name of line 1") as raised:
        parse_yaml("name: a\nitems: []\nname: b\n", _Site, source="site.yaml")
    assert raised.value.code is ErrorCode.BAD_CONFIG


def test_a_repeated_key_deep_in_a_list_is_found() -> None:
    with pytest.raises(UserError, match="repeats the key x"):
        parse_yaml("name: a\nitems:\n  - {x: 1, x: 2}\n", _Site, source="site.yaml")


def test_an_alias_may_be_used() -> None:
    site = parse_yaml("name: &n here\nitems: [&a {x: 1}, *a]\n", _Site, source="site.yaml")
    assert site.items == [{"x": 1}, {"x": 1}]


def _a_laughing_file() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    return "\n".join([*lines, "name: *a8"])


@pytest.mark.parametrize("text", ["name: &a [*a]", _a_laughing_file()], ids=["in itself", "without end"])
def test_aliases_are_refused_before_they_expand(text: str) -> None:
    with pytest.raises(UserError, match="aliases expand"):
        parse_yaml(text, _Site, source="site.yaml")


def test_a_tag_builds_no_object(tmp_path) -> None:
    victim = tmp_path / "made"
    with pytest.raises(UserError):
        parse_yaml(f"name: !!python/object/apply:pathlib.Path.touch ['{victim}']", _Site, source="site.yaml")
    assert not victim.exists()
