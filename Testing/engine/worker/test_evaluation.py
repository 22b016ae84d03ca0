"""What every evaluation leaves and refuses alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.worker.evaluation import METRICS_FILE, hand_over, not_comparable


def test_a_document_is_written_and_told(tmp_path: Path, heard) -> None:
    hand_over({"version": 1, "cases": []}, tmp_path, heard.context())
    (artifact,) = heard.of("artifact")
    assert (artifact.role, artifact.path) == ("metrics", tmp_path / METRICS_FILE)
    assert json.loads(artifact.path.read_text("utf-8")) == {"version": 1, "cases": []}


def test_what_is_no_number_leaves_no_file(tmp_path: Path, heard) -> None:
    with pytest.raises(ValueError):
        hand_over({"value": float("nan")}, tmp_path, heard.context())
    assert not list(tmp_path.iterdir()) and not heard


def test_a_side_that_is_missing_is_named() -> None:
    error = not_comparable("case-7", "prediction")
    assert error.code is ErrorCode.NO_LABEL and "case-7" in error.what and error.why == "It has no prediction."
