"""Studies opened lately."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.widgets.study import recent


class Kept(dict):
    """Settings in memory."""

    def value(self, key: str, default: Any = None) -> Any:
        return self.get(key, default)

    def setValue(self, key: str, value: Any) -> None:  # noqa: N802
        self[key] = value


def a_study(folder: Path) -> Path:
    folder.mkdir()
    (folder / "study.yaml").touch()
    return folder


def test_the_newest_comes_first_and_none_twice(tmp_path: Path) -> None:
    settings = Kept()
    one, two = a_study(tmp_path / "one"), a_study(tmp_path / "two")
    for folder in (one, two, one):
        recent.remember_study(settings, folder)
    assert recent.recent_studies(settings) == [one, two]


def test_a_study_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    settings = Kept()
    recent.remember_study(settings, a_study(tmp_path / "one"))
    (tmp_path / "one" / "study.yaml").unlink()
    assert recent.recent_studies(settings) == []


def test_a_damaged_setting_is_no_obstacle() -> None:
    assert recent.recent_studies(Kept({recent.KEY: "not json"})) == []


def test_the_last_reader_is_offered_again() -> None:
    settings = Kept()
    assert recent.last_reader(settings) == ""
    recent.remember_reader(settings, "Reader One")
    assert recent.last_reader(settings) == "Reader One"
