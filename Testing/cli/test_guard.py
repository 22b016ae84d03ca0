"""Whatever goes wrong ends as what, why and what next, with the right exit code."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from QualityFinetuneLib.cli.guard import DEBUG_VARIABLE, INTERRUPTED, GuardedGroup
from QualityFinetuneLib.cli.output import Output
from QualityFinetuneLib.common.errors import ErrorCode, UserError


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer(cls=GuardedGroup, pretty_exceptions_enable=False)

    @made.command()
    def fail(kind: str, json: bool = False) -> None:
        Output(json_only=json)
        if kind == "user":
            raise UserError(ErrorCode.NO_STUDY, what="[No] study.", why="None here.", next="Make one.")
        if kind == "stop":
            raise KeyboardInterrupt
        if kind == "pipe":
            raise BrokenPipeError
        if kind == "exit":
            raise typer.Exit(7)
        raise ZeroDivisionError("by zero")

    @made.command()
    def other() -> None:
        """Two commands, so that there is a group."""

    return made


def test_a_user_error_is_told_in_three_sentences(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["fail", "user"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line.split()[0] for line in result.stderr.splitlines()] == ["Error", "Why", "Next"]
    assert "[No] study." in result.stderr, "brackets are no markup"


def test_with_json_the_error_is_a_document_too(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["fail", "user", "--json"])
    assert json.loads(result.stdout) == {
        "error": {"code": "no_study", "what": "[No] study.", "why": "None here.", "next": "Make one."}
    }


def test_one_commands_wish_for_json_does_not_bind_the_next(app: typer.Typer) -> None:
    CliRunner().invoke(app, ["fail", "user", "--json"])
    assert CliRunner().invoke(app, ["fail", "user"]).stdout == ""


def test_an_error_of_the_program_is_no_traceback_unless_asked_for(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DEBUG_VARIABLE, raising=False)
    result = CliRunner().invoke(app, ["fail", "bug"])
    assert result.exit_code == 1
    assert "ZeroDivisionError: by zero" in result.stderr
    assert DEBUG_VARIABLE in result.stderr
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    assert isinstance(CliRunner().invoke(app, ["fail", "bug"]).exception, ZeroDivisionError)


@pytest.mark.parametrize(("kind", "code"), [("stop", INTERRUPTED), ("pipe", 1), ("exit", 7)])
def test_other_ends_have_their_exit_codes(app: typer.Typer, kind: str, code: int) -> None:
    assert CliRunner().invoke(app, ["fail", kind]).exit_code == code
