"""The packaged resources are found beside the code."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.common import resources as module
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.resources import RESOURCES, resource, resources


def test_the_resources_lie_in_the_module() -> None:
    assert RESOURCES.name == "Resources"
    assert resource("Tasks", "gland.yaml").is_file()


def test_all_files_of_a_kind_are_listed_in_order() -> None:
    found = resources("Tasks", ".yaml")
    assert [path.name for path in found] == sorted(path.name for path in found)
    assert resource("Tasks", "gland.yaml") in found
    assert resources("Tasks", ".none") == []


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(UserError) as caught:
        resource("Tasks", "kidney.yaml")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert "gland.yaml" in caught.value.why


def test_an_empty_kind_says_nothing_is_there(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "RESOURCES", tmp_path)
    with pytest.raises(UserError, match="holds: nothing"):
        resource("Tasks", "gland.yaml")
