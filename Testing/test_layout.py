"""The house: a test for each source file, lazy imports where Slicer loads the module, no machine shows through."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MODULE = CHECKOUT / "QualityFinetune"
LIBRARY = MODULE / "QualityFinetuneLib"
SOURCES = sorted(p for p in LIBRARY.rglob("*.py") if p.name != "__init__.py" and "migrations" not in p.parts)


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=False)
    names = [name for name in listed.stdout.decode().split("\0") if name]
    if not names:
        pytest.skip("this is not a git checkout")
    return [CHECKOUT / name for name in names if (CHECKOUT / name).is_file()]


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_each_source_file_has_a_test_of_its_name(source: Path) -> None:
    relative = source.relative_to(LIBRARY)
    stem = relative.stem.strip("_")
    assert (CHECKOUT / "Testing" / relative.parent / f"test_{stem}.py").is_file()


@pytest.mark.parametrize("source", [LIBRARY / "__init__.py", *LIBRARY.glob("*/__init__.py")], ids=str)
def test_packages_import_nothing_by_themselves(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def test_the_module_file_imports_only_what_slicer_brings() -> None:
    tree = ast.parse((MODULE / "QualityFinetune.py").read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    allowed = {"__future__", "logging", "os", "sys", "pathlib", "typing", "slicer", "vtk", "qt", "ctk"}
    assert names <= allowed, names - allowed


def test_no_path_of_a_machine_is_in_the_tree() -> None:
    pattern = re.compile(rb"(?<![\w.])/(?:work|root|farm)/")
    this = Path(__file__).resolve()
    text = [p for p in _tracked() if p.suffix not in {".png", ".jpg", ".svg"} and p != this]
    assert not [p for p in text if pattern.search(p.read_bytes())]


def test_no_image_of_a_patient_is_in_the_tree() -> None:
    medical = {".nii", ".gz", ".nrrd", ".mha", ".mhd", ".dcm", ".xz", ".onnx", ".pt", ".pth", ".safetensors"}
    assert not [p for p in _tracked() if p.suffix in medical]
