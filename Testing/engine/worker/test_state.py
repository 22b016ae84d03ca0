"""`last.pt` is whole or absent, and only goes back into the run it came from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.worker.state import TrainingState, load_state, save_state, trained_weights


@pytest.fixture
def state() -> TrainingState:
    return TrainingState(
        fingerprint="f",
        patch=(16, 16, 8),
        epoch=3,
        weights={"a": torch.randn(2, 3)},
        optimiser={"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
        best_value=0.5,
        best_epoch=2,
        history=[{"epoch": 1, "loss": 0.25, "dice": None}],
        parts=2,
        recompute=True,
        average={"a": torch.randn(2, 3)},
        averaged_steps=7,
        scaler={"scale": 128.0, "_growth_tracker": 3},
        stopped_early=True,
        timing=[{"epoch": 1, "seconds": 2.0, "data_wait_share": 0.01}],
    )


def test_a_state_comes_back_as_it_was(tmp_path: Path, state: TrainingState) -> None:
    save_state(tmp_path, state)
    found = load_state(tmp_path, fingerprint="f")
    assert found is not None
    assert torch.equal(found.weights["a"], state.weights["a"])
    assert torch.equal(found.average["a"], state.average["a"])
    for name in ("averaged_steps", "scaler", "stopped_early", "timing"):
        assert getattr(found, name) == getattr(state, name)
    for name in ("epoch", "best_value", "best_epoch", "history", "parts", "patch", "recompute", "optimiser"):
        assert getattr(found, name) == getattr(state, name)


def test_without_a_file_there_is_nothing_to_resume(tmp_path: Path) -> None:
    assert load_state(tmp_path, fingerprint="f") is None


def test_another_jobs_state_is_refused(tmp_path: Path, state: TrainingState) -> None:
    save_state(tmp_path, state)
    with pytest.raises(UserError) as caught:
        load_state(tmp_path, fingerprint="g")
    assert caught.value.code is ErrorCode.CONFLICT


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, "cut", "other"])
def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path, state: TrainingState, content: bytes | str) -> None:
    path = save_state(tmp_path, state)
    if content == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif content == "other":
        torch.save({"format": 99}, path)
    else:
        path.write_bytes(content)  # type: ignore[arg-type]
    with pytest.raises(UserError) as caught:
        load_state(tmp_path, fingerprint="f")
    assert caught.value.code is ErrorCode.WRONG_CHECKPOINT


def test_a_failed_write_leaves_the_last_epoch(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_state(tmp_path, state)

    def torn(_: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("killed")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(RuntimeError):
        save_state(tmp_path, state)
    monkeypatch.undo()
    found = load_state(tmp_path, fingerprint="f")
    assert found is not None and found.epoch == 3


def test_what_a_kill_left_half_written_is_removed(tmp_path: Path, state: TrainingState) -> None:
    save_state(tmp_path, state)
    (tmp_path / ".last-abc123.pt").write_bytes(b"half")
    load_state(tmp_path, fingerprint="f")
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


def test_only_what_learns_and_the_buffers_are_kept() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    kept = trained_weights(model, dict(model[1].named_parameters(prefix="1")))
    assert set(kept) == {"1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"}
    with torch.no_grad():
        model[1].weight.zero_()
    assert kept["1.weight"].any(), "copies, not views of weights that go on changing"
