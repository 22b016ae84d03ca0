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


def test_the_users_own_lie_where_the_environment_says(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("QUALITYFINETUNE_RESOURCES", str(tmp_path))
    assert module.own_resources("tasks") == tmp_path / "tasks"


@pytest.mark.parametrize(
    ("platform", "variable", "beginning"),
    [("linux", "XDG_CONFIG_HOME", ".config"), ("win32", "APPDATA", "AppData/Roaming"), ("darwin", "", "Library")],
)
def test_else_they_lie_where_programs_keep_their_settings(
    tmp_path, monkeypatch, platform: str, variable: str, beginning: str
) -> None:
    monkeypatch.delenv("QUALITYFINETUNE_RESOURCES", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setattr(module.sys, "platform", platform)
    monkeypatch.setattr(module.Path, "home", lambda: tmp_path)
    found = module.own_resources("models")
    assert found.as_posix().startswith(f"{tmp_path.as_posix()}/{beginning}")
    assert found.parts[-2:] == ("QualityFinetune", "models")
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "moved"))
        assert module.own_resources("models") == tmp_path / "moved" / "QualityFinetune" / "models"
