"""Torch files of every kind: weights are found wherever they are kept, and nothing that is code is run."""

from __future__ import annotations

import argparse
import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.formats.torch_file import torch_state

STATE = {"encoder.weight": torch.arange(6.0).reshape(2, 3), "encoder.steps": torch.tensor(3)}


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        torch_state(path)
    return caught.value


def torch_file(path: Path, content: object, **options: bool) -> Path:
    torch.save(content, path, **options)
    return path


class RunsCode:
    """Pickles as a call that creates a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, int]]:
        return os.mkdir, (str(self.witness), 0o755)


@pytest.mark.parametrize("wrapped", [STATE, {"model": STATE}, {"state_dict": OrderedDict(STATE), "epoch": 3}])
def test_weights_are_found_however_they_are_wrapped(tmp_path: Path, wrapped: object) -> None:
    found = torch_state(torch_file(tmp_path / "weights.pth.tar", wrapped))
    assert found.keys() == STATE.keys()
    assert torch.equal(found["encoder.weight"], STATE["encoder.weight"])


def test_the_old_torch_format_is_read_too(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "old.pth", {"model": STATE}, _use_new_zipfile_serialization=False)
    assert torch.equal(torch_state(path)["encoder.weight"], STATE["encoder.weight"])


def test_a_training_checkpoint_with_its_arguments_is_read(tmp_path: Path) -> None:
    arguments = argparse.Namespace(lr=1e-3, input_size=(64, 224, 224), name="run")
    content = {"model": STATE, "optimizer": {"state": {}}, "epoch": 4, "args": arguments}
    assert torch_state(torch_file(tmp_path / "checkpoint-4.pth", content)).keys() == STATE.keys()


@pytest.mark.parametrize("new_format", [True, False])
def test_code_in_a_torch_file_is_never_run(tmp_path: Path, new_format: bool) -> None:
    witness = tmp_path / "it_ran"
    content = {"model": STATE, "extra": RunsCode(witness)}
    path = torch_file(tmp_path / "evil.pth", content, _use_new_zipfile_serialization=new_format)
    error = refusal(path)
    assert error.code is ErrorCode.WRONG_CHECKPOINT and "never loaded" in error.why
    assert not witness.exists()


def test_code_in_a_plain_pickle_is_never_run(tmp_path: Path) -> None:
    witness = tmp_path / "it_ran"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path = tmp_path / f"evil-{protocol}.pth"
        path.write_bytes(pickle.dumps({"model": RunsCode(witness)}, protocol=protocol))
        assert refusal(path).code is ErrorCode.WRONG_CHECKPOINT
        assert not witness.exists()


def test_code_in_the_arguments_of_a_training_is_never_run(tmp_path: Path) -> None:
    witness = tmp_path / "it_ran"
    content = {"model": STATE, "args": argparse.Namespace(callback=RunsCode(witness))}
    assert "never loaded" in refusal(torch_file(tmp_path / "evil.pth", content)).why
    assert not witness.exists()


def test_a_whole_pickled_network_is_told_apart(tmp_path: Path) -> None:
    error = refusal(torch_file(tmp_path / "network.pth", torch.nn.Linear(2, 2)))
    assert "never loaded" in error.why and "state_dict" in error.next


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([STATE], "list"),
        (torch.ones(3), "Tensor"),
        ({"model": {"weight": 3.0}}, "'weight'"),
        ({"epoch": 3, "loss": 0.1}, "'epoch'"),
        ({"model": {1: torch.ones(2)}}, "1"),
    ],
)
def test_data_that_is_no_set_of_weights_is_refused(tmp_path: Path, content: object, told: str) -> None:
    error = refusal(torch_file(tmp_path / "data.pth", content))
    assert error.code is ErrorCode.WRONG_CHECKPOINT and told in error.why
