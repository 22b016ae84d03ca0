"""Files of every wrong kind: each is told by code, what, why and next, and none of them runs code."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.models.checkpoints import read_checkpoint

STATE = {"encoder.weight": torch.arange(6.0).reshape(2, 3), "encoder.steps": torch.tensor(3)}


def refusal(path: Path, **options: str) -> UserError:
    with pytest.raises(UserError) as caught:
        read_checkpoint(path, **options)
    error = caught.value
    assert all(part.endswith(".") and part[0].isupper() for part in (error.why, error.next))
    return error


def torch_file(path: Path, content: object, **options: bool) -> Path:
    torch.save(content, path, **options)
    return path


def test_a_torch_file_is_read_with_its_hash(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "weights.pth.tar", {"model": STATE})
    found = read_checkpoint(path)
    assert found.tensors.keys() == STATE.keys()
    assert (found.sha256, found.source, found.format) == (sha256_of(path), str(path), "torch")


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "model.safetensors")
    found = read_checkpoint(tmp_path / "model.safetensors")
    assert found.format == "safetensors" and torch.equal(found.tensors["encoder.weight"], STATE["encoder.weight"])


def test_the_prefix_of_parallel_training_is_taken_off(tmp_path: Path) -> None:
    content = {"model": {f"module.{name}": value for name, value in STATE.items()}}
    assert read_checkpoint(torch_file(tmp_path / "parallel.pth", content)).tensors.keys() == STATE.keys()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\xef\xbb\xbf\n <HTML lang='en'>", "web page"),
        (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "pointer"),
        (b"not a checkpoint at all", "cut off or damaged"),
        (b"PK\x03\x04 but no archive", "cut off or damaged"),
        (b'\x40\x00\x00\x00\x00\x00\x00\x00{"a":', "cut off or damaged"),
        (b"\xff" * 4096, "cut off or damaged"),
        (b"\x1f\x8b\x08\x00" + bytes(100), "cut off or damaged"),
    ],
)
@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_a_file_that_is_no_checkpoint_is_told_what_it_is(
    tmp_path: Path, content: bytes, told: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = refusal(path)
    assert error.code is ErrorCode.WRONG_CHECKPOINT and told in error.why and name in error.what


@pytest.mark.parametrize("content", [b"", b"<html>", b"no graph", bytes(200)])
def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    assert refusal(path).code is ErrorCode.WRONG_CHECKPOINT


@pytest.mark.parametrize("kind", ["new.pth", "old.pth", "model.safetensors"])
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    state = {"weight": torch.randn(64, 8), "bias": torch.randn(8)}
    if kind == "model.safetensors":
        save_file(state, path)
    else:
        torch_file(path, {"model": state}, _use_new_zipfile_serialization=kind == "new.pth")
    whole = path.read_bytes()
    for share in range(1, 40):
        path.write_bytes(whole[: len(whole) * share // 40])
        assert refusal(path).code is ErrorCode.WRONG_CHECKPOINT


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_breaks(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged.pth"
    new_format = data.draw(st.booleans())
    torch_file(path, {"model": {"weight": torch.ones(8, 4)}}, _use_new_zipfile_serialization=new_format)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        read_checkpoint(path)
    except UserError as error:
        assert error.code is ErrorCode.WRONG_CHECKPOINT


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, "no weights"),
        ({"model": {"weight": torch.tensor([1.0, float("nan")])}}, "not numbers"),
        ({"model": {"weight": torch.tensor([float("inf")])}}, "not numbers"),
        ({"model": {"weight": torch.eye(2).to_sparse()}}, "do not use"),
        ({"model": {"weight": torch.zeros(2, dtype=torch.complex64)}}, "do not use"),
    ],
)
def test_data_that_is_no_set_of_weights_is_refused(tmp_path: Path, content: object, told: str) -> None:
    error = refusal(torch_file(tmp_path / "data.pth", content))
    assert error.code is ErrorCode.WRONG_CHECKPOINT and told in error.why


def test_a_missing_file_and_a_folder_are_no_weights(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.pth", tmp_path, tmp_path / "absent.whl"):
        assert refusal(path).code is ErrorCode.NO_WEIGHTS


def test_content_must_hash_to_what_is_expected(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "weights.pth", STATE)
    assert read_checkpoint(path, sha256=sha256_of(path)).tensors
    assert refusal(path, sha256="0" * 64).code is ErrorCode.HASH_MISMATCH


def test_a_missing_onnx_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "QualityFinetuneLib.models.formats.taps_onnx", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    path = tmp_path / "model.onnx"
    path.write_bytes(b"graph")
    error = refusal(path)
    assert error.code is ErrorCode.MISSING_PACKAGE and "onnx" in error.why
