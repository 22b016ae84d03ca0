#!/usr/bin/env python3
"""Write the two file lists of QualityFinetune/CMakeLists.txt: what is not listed there is not packaged.

Run it after adding, renaming or removing a file: python scripts/update_module_scripts.py [--check]
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parents[1] / "QualityFinetune"
LISTS = MODULE / "CMakeLists.txt"
NO_RESOURCE = {".pyc", ".md"}


def scripts(module: Path = MODULE) -> list[str]:
    """The module's Python files, relative to it: its own file and everything of its library."""
    files = [module / "QualityFinetune.py", *(module / "QualityFinetuneLib").rglob("*.py")]
    return _relative(files, module)


def resources(module: Path = MODULE) -> list[str]:
    """Every packaged resource, and those files of the library that are not Python (migration templates, say)."""
    files = [*(module / "Resources").rglob("*"), *(module / "QualityFinetuneLib").rglob("*")]
    return _relative(
        [
            path
            for path in files
            if path.is_file()
            and path.suffix not in NO_RESOURCE | {".py"}
            and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(module).parts)
        ],
        module,
    )


def rewritten(text: str, module: Path = MODULE) -> str:
    """`text` of the CMakeLists with both lists brought up to date."""
    for variable, names in (
        ("MODULE_PYTHON_SCRIPTS", scripts(module)),
        ("MODULE_PYTHON_RESOURCES", resources(module)),
    ):
        lines = "".join(f"  {name}\n" for name in names)
        text, found = re.subn(rf"(set\({variable}\n).*?(  \)\n)", rf"\g<1>{lines}\g<2>", text, flags=re.DOTALL)
        if found != 1:
            raise SystemExit(f"CMakeLists.txt has {found} lists named {variable}, not one.")
    return text


def main() -> int:
    """Rewrite the lists, or with --check only say whether they are complete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a list is out of date")
    options = parser.parse_args()
    before = LISTS.read_text(encoding="utf-8")
    after = rewritten(before)
    if before == after:
        return 0
    if options.check:
        print("QualityFinetune/CMakeLists.txt is out of date: run python scripts/update_module_scripts.py")
        return 1
    LISTS.write_text(after, encoding="utf-8")
    return 0


def _relative(files: list[Path], module: Path) -> list[str]:
    return sorted(path.relative_to(module).as_posix() for path in files)


if __name__ == "__main__":
    sys.exit(main())
