"""What the documents say can be typed, clicked and imported: every command, script, option, link and snippet."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from QualityFinetuneLib.cli.main import app

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def _lines(page: Path) -> list[str]:
    """Lines of code blocks for the shell, and code within sentences."""
    text = page.read_text(encoding="utf-8")
    blocks = [block.splitlines() for kind, block in BLOCK.findall(text) if kind in {"", "bash", "sh"}]
    return [*itertools.chain(*blocks), *re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))]


def _typed(page: Path, start: str) -> list[list[str]]:
    found = [line.strip() for line in _lines(page) if line.strip().startswith(start)]
    return [shlex.split(line, comments=True) for line in found]


def _told_problem(words: list[str]) -> str | None:
    """What is wrong with a command of ours; None where nothing is."""
    command: Any = get_command(app)
    words = words[1:]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return f"there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {name for option in command.params for name in [*option.opts, *option.secondary_opts]} | {"--help"}
    wrong = [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known]
    return f"{command.name} has no option {wrong[0]}" if wrong else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_command_has_the_options_it_is_shown_with(page: Path) -> None:
    assert [told for words in _typed(page, "quality-finetune ") if (told := _told_problem(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_script_is_there_and_knows_its_options(page: Path) -> None:
    for words in [*_typed(page, "python scripts/"), *_typed(page, "bash scripts/")]:
        script = CHECKOUT / words[1]
        assert script.is_file(), words
        # demo.sh and test.sh hand their options on, to `demo` and to pytest.
        text = script.read_text(encoding="utf-8") if script.suffix == ".py" else None
        options = [word.split("=")[0] for word in words[2:] if word.startswith("--")]
        assert [option for option in options if text is not None and f'"{option}"' not in text] == [], words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in LINK.findall(BLOCK.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_file_named_in_a_sentence_is_there(page: Path) -> None:
    """Names with a folder, from the checkout, the module or the library on; patterns and places in a study aside."""
    roots = (CHECKOUT, CHECKOUT / "QualityFinetune", CHECKOUT / "QualityFinetune" / "QualityFinetuneLib")
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|yaml|sh|md|txt|json|toml))`", page.read_text(encoding="utf-8"))
    ours = [name for name in named if any((root / name.split("/")[0]).is_dir() for root in roots)]
    assert [name for name in ours if not any((root / name).is_file() for root in roots)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_python_snippet_imports_what_is_there(page: Path) -> None:
    blocks = [block for kind, block in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == "python"]
    for block in blocks:
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("QualityFinetuneLib"):
                module = CHECKOUT / "QualityFinetune" / Path(*(node.module or "").split("."))
                source = module.with_suffix(".py") if module.with_suffix(".py").is_file() else module / "__init__.py"
                defined = source.read_text(encoding="utf-8")
                assert [one.name for one in node.names if not re.search(rf"\b{one.name}\b", defined)] == []


def test_a_wrong_command_would_be_found() -> None:
    assert _told_problem(shlex.split("quality-finetune finetune --no-such 1")) == "finetune has no option --no-such"
    assert _told_problem(shlex.split("quality-finetune quality paint")) == "there is no command paint"
    assert _told_problem(shlex.split("quality-finetune rate X -r Y --set a=yes")) is None
