"""Every file of the module is packaged: listed in its CMakeLists.txt."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MODULE = CHECKOUT / "QualityFinetune"


@pytest.fixture(scope="module")
def update() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "update_module_scripts", CHECKOUT / "scripts/update_module_scripts.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def listed(variable: str) -> list[str]:
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    match = re.search(rf"set\({variable}\n(.*?)\)", text, flags=re.DOTALL)
    assert match is not None
    return match.group(1).split()


def test_every_python_file_is_listed() -> None:
    there = {path.relative_to(MODULE).as_posix() for path in (MODULE / "QualityFinetuneLib").rglob("*.py")}
    assert there | {"QualityFinetune.py"} == set(listed("MODULE_PYTHON_SCRIPTS")), (
        "run python scripts/update_module_scripts.py"
    )


def test_every_resource_is_listed(update: ModuleType) -> None:
    assert update.resources() == listed("MODULE_PYTHON_RESOURCES"), "run python scripts/update_module_scripts.py"


def test_a_new_file_gets_into_the_list(update: ModuleType, tmp_path: Path) -> None:
    for name in ("QualityFinetune.py", "QualityFinetuneLib/deep/new.py", "Resources/UI/New.ui", "Resources/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    text = update.rewritten("set(MODULE_PYTHON_SCRIPTS\n  old.py\n  )\nset(MODULE_PYTHON_RESOURCES\n  )\n", tmp_path)
    assert "QualityFinetuneLib/deep/new.py" in text and "Resources/UI/New.ui" in text
    assert "old.py" not in text and ".hidden" not in text


def test_the_catalogue_entry_agrees_with_the_extension() -> None:
    entry = json.loads((CHECKOUT / "Resources/QualityFinetune.json").read_text(encoding="utf-8"))
    cmake = (CHECKOUT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert f'set(EXTENSION_CATEGORY "{entry["category"]}")' in cmake
    assert f'set(EXTENSION_DEPENDS "{" ".join(entry["build_dependencies"])}")' in cmake
    homepage = re.search(r'EXTENSION_HOMEPAGE "([^"]+)"', cmake)
    assert homepage is not None and entry["scm_url"] == homepage.group(1) + ".git"
    owner_and_name = homepage.group(1).removeprefix("https://github.com/")
    pictures = re.findall(r"https://raw\.githubusercontent\.com/([^\s\"]+)", cmake)
    assert len(pictures) >= 2
    assert [one for one in pictures if not one.startswith(f"{owner_and_name}/{entry['scm_revision']}/")] == []


def test_the_pictures_that_the_extension_names_are_there() -> None:
    cmake = (CHECKOUT / "CMakeLists.txt").read_text(encoding="utf-8")
    names = re.findall(r"/main/(Resources/[^\s\"]+)", cmake)
    assert names
    assert [name for name in names if not (CHECKOUT / name).is_file()] == []
