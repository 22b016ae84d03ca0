"""People and programs read the same facts, each in their own way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from QualityFinetuneLib.cli.output import Output, current_output, forget_output


def test_without_json_text_goes_to_stdout_and_no_document_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.say("Hello [bold]")
    output.document({"a": 1})
    assert capsys.readouterr().out == "Hello [bold]\n"


def test_with_json_stdout_holds_one_document_only(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json_only=True)
    output.say("Hello")
    output.table("T", ["A"], [[None], [0.12345]])
    output.document({"path": Path("x"), "nan": float("nan"), "ü": 1})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"path": "x", "nan": None, "ü": 1}
    assert "Hello" in captured.err
    assert "0.123" in captured.err
    assert "–" in captured.err


def test_the_current_output_is_the_last_one_made() -> None:
    output = Output(json_only=True)
    assert current_output() is output
    forget_output()
    assert not current_output().json_only
