from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.models import package
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.package import load_model, read_meta, save_model
from QualityFinetuneLib.models.registry import card


@pytest.fixture
def model(small_segresnet: Callable[..., SplitNetwork]) -> SplitNetwork:
    return small_segresnet(outputs=3)


def described(**changes: object) -> ModelMeta:
    options = {"options": {"init_filters": 8, "groups": 4}} | changes
    labels = load_task("zones").labels
    return ModelMeta.from_card(
        card("taps_gland"), name="zones", task="zones", labels=labels, outputs=3, mode="full", **options
    )


def same(a: SplitNetwork, b: SplitNetwork) -> bool:
    states = zip(a.state_dict().items(), b.state_dict().items(), strict=True)
    return all(m == n and torch.equal(x, y) for (m, x), (n, y) in states)


def test_a_model_comes_back_as_it_was_saved(model: SplitNetwork, tmp_path: Path) -> None:
    saved = save_model(tmp_path / "best", model, described(trained_on={"high": 4, "seed": 0}))
    found, meta = load_model(tmp_path / "best")
    assert same(found, model) and not found.training
    assert meta == saved == read_meta(tmp_path / "best")
    assert meta.weights_sha256 == sha256_of(tmp_path / "best" / "model.safetensors")
    assert sorted(path.name for path in (tmp_path / "best").iterdir()) == ["model.safetensors", "model.yaml"]


def test_saving_moves_neither_the_network_nor_its_mode(model: SplitNetwork, tmp_path: Path) -> None:
    model.train()
    save_model(tmp_path, model, described())
    assert model.training and all(parameter.requires_grad for parameter in model.parameters())


def test_a_later_model_replaces_an_earlier_one(model: SplitNetwork, tmp_path: Path) -> None:
    save_model(tmp_path, model, described())
    with torch.no_grad():
        next(model.parameters()).add_(1)
    save_model(tmp_path, model, described(trained_on={"epochs": 2}))
    found, meta = load_model(tmp_path)
    assert same(found, model) and meta.trained_on == {"epochs": 2}


def test_a_save_killed_between_both_files_leaves_a_model_that_describes_itself(
    model: SplitNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path, model, described(trained_on={"epochs": 1}))
    with torch.no_grad():
        next(model.parameters()).add_(1)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(package, "save_yaml", killed)
    with pytest.raises(KeyboardInterrupt):
        save_model(tmp_path, model, described(trained_on={"epochs": 2}))
    found, meta = load_model(tmp_path)
    assert same(found, model) and meta.trained_on == {"epochs": 2}


def test_a_model_without_its_yaml_still_describes_itself(model: SplitNetwork, tmp_path: Path) -> None:
    saved = save_model(tmp_path, model, described())
    (tmp_path / "model.yaml").unlink()
    assert load_model(tmp_path)[1] == saved
    assert read_meta(tmp_path).task == "zones"


def test_a_full_disk_leaves_the_earlier_model(
    model: SplitNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save_model(tmp_path, model, described())

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(package, "save_file", full)
    with pytest.raises(UserError) as caught:
        save_model(tmp_path, model, described(trained_on={"epochs": 2}))
    assert caught.value.code is ErrorCode.DISK_FULL
    monkeypatch.undo()
    assert load_model(tmp_path)[1] == saved
    assert len(list(tmp_path.iterdir())) == 2


def test_weights_cut_off_are_refused(model: SplitNetwork, tmp_path: Path) -> None:
    save_model(tmp_path, model, described())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(UserError) as caught:
        load_model(tmp_path)
    assert caught.value.code is ErrorCode.WRONG_CHECKPOINT


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_header_without_a_description_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    for read in (load_model, read_meta):
        with pytest.raises(UserError) as caught:
            read(tmp_path)
        assert caught.value.code is ErrorCode.WRONG_CHECKPOINT


def test_weights_of_others_without_a_description_are_refused(model: SplitNetwork, tmp_path: Path) -> None:
    save_file(
        {name: value.contiguous() for name, value in model.state_dict().items()}, tmp_path / "model.safetensors"
    )
    with pytest.raises(UserError) as caught:
        load_model(tmp_path)
    assert "no description" in caught.value.why


def test_weights_that_do_not_fit_their_description_are_refused(model: SplitNetwork, tmp_path: Path) -> None:
    save_model(tmp_path, model, described(options={"init_filters": 16, "groups": 4}))
    with pytest.raises(UserError) as caught:
        load_model(tmp_path)
    assert caught.value.code is ErrorCode.WRONG_CHECKPOINT


def test_an_empty_folder_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_model(tmp_path)
    assert caught.value.code is ErrorCode.NO_WEIGHTS


def test_profound_is_kept_like_any_other_network(
    small_segmenter: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    segmenter = small_segmenter(outputs=1).float()
    meta = ModelMeta.from_card(
        card("profound_conv"),
        name="lesion",
        task="lesion",
        labels=load_task("lesion").labels,
        outputs=1,
        mode="frozen",
        options={"size": "test", "hidden": 8},
    )
    save_model(tmp_path, segmenter, meta)
    assert same(load_model(tmp_path)[0], segmenter)
