"""Which packages are missing."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

from QualityFinetuneLib.widgets.packages import REQUIREMENTS, missing, requirements

CHECKOUT = Path(__file__).resolve().parents[2]


def version_of(there: dict[str, str]):
    def look(name: str) -> str:
        if name not in there:
            raise metadata.PackageNotFoundError(name)
        return there[name]

    return look


def a_file(folder: Path, text: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_comments_and_empty_lines_are_no_packages(tmp_path: Path) -> None:
    path = a_file(tmp_path, "# words\n\nOne>=1.2\nTwo\n")
    assert requirements(path) == [("One", "1.2"), ("Two", "0")]


def test_absent_and_too_old_ones_are_missing(tmp_path: Path) -> None:
    path = a_file(tmp_path, "One>=1.10\nTwo>=2\nThree>=3\nFour\n")
    found = missing(path, version_of=version_of({"One": "1.9.9", "Two": "2.0.0rc1", "Four": "0.1"}))
    assert found == ["One>=1.10", "Three>=3"]


def test_here_nothing_is_missing() -> None:
    assert missing() == []


def test_the_list_for_slicer_asks_for_what_the_package_asks_for() -> None:
    wanted = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    bundled = {"numpy", "scipy", "SimpleITK", "pydicom", "highdicom"}
    ours = {f"{name}>={lowest}" for name, lowest in requirements(REQUIREMENTS)}
    assert ours == {one for one in wanted if one.split(">=")[0] not in bundled}
