from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.wheels import member_of, weights_in


def refusal(wheel: Path, member: str | None) -> UserError:
    with pytest.raises(UserError) as caught:
        member_of(wheel, member)
    assert caught.value.code is ErrorCode.WRONG_CHECKPOINT
    return caught.value


def wheel_with(path: Path, member: str, content: bytes = b"weights") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


@pytest.mark.parametrize("member", ["../outside.onnx", "/etc/model.onnx", "taps/../../model.onnx"])
def test_a_path_that_leads_out_of_a_wheel_is_refused(tmp_path: Path, member: str) -> None:
    assert "leads out" in refusal(wheel_with(tmp_path / "package.whl", member), member).why


def test_a_wheel_without_the_file_or_cut_off_is_refused(tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path / "package.whl", "other.onnx")
    assert "no file" in refusal(wheel, "model.onnx").why
    assert "which file" in refusal(wheel, None).why
    wheel.write_bytes(wheel.read_bytes()[:20])
    assert "complete wheel" in refusal(wheel, "model.onnx").why


def test_a_wheel_that_would_unpack_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("QualityFinetuneLib.models.wheels.LARGEST_MEMBER", 3)
    assert "larger" in refusal(wheel_with(tmp_path / "package.whl", "model.onnx"), "model.onnx").why


def test_the_file_is_read_as_it_lies_in_the_wheel(tmp_path: Path) -> None:
    assert member_of(wheel_with(tmp_path / "package.whl", "a/model.onnx"), "a/model.onnx") == b"weights"


def test_a_wheel_is_recognised_by_what_the_registry_knows(tmp_path: Path) -> None:
    assert weights_in(wheel_with(tmp_path / "p.whl", "taps/resources/model_v1.onnx")).package == "lavlab-taps"
    with pytest.raises(UserError):
        weights_in(wheel_with(tmp_path / "q.whl", "other/model.onnx"))


def test_a_wheel_that_is_not_there_is_the_callers_to_tell(tmp_path: Path) -> None:
    for read in (lambda wheel: member_of(wheel, "model.onnx"), weights_in):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "absent.whl")
