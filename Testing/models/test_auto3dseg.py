from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.bundle import ConfigParser

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.auto3dseg import read_auto3dseg, write_auto3dseg
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.cards import outputs_for
from QualityFinetuneLib.models.meta import ModelMeta
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.package import load_model
from QualityFinetuneLib.models.registry import card

IMAGES = torch.randn(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0))


def described(task: str = "gland", **changes: Any) -> ModelMeta:
    labels = load_task(task).labels
    values: dict[str, Any] = {"options": {"init_filters": 8, "groups": 4}}
    return ModelMeta.from_card(
        card("taps_gland"), name="mine", task=task, labels=labels, outputs=outputs_for(len(labels)), mode="full",
        **(values | changes),
    )  # fmt: skip


def network(meta: ModelMeta) -> SplitNetwork:
    torch.manual_seed(0)
    return build("segresnet_ds", outputs=meta.outputs, in_channels=meta.in_channels, **meta.options).eval()


@pytest.fixture
def theirs(tmp_path: Path) -> Callable[..., Path]:
    """A folder as MONAI's Auto3DSeg leaves it, softmax over background and two labels; changes go into the config."""

    def make(network: dict[str, Any] | None = None, **changes: Any) -> Path:
        settings = {"_target_": "SegResNetDS", "init_filters": 8, "blocks_down": [1, 1, 1], "norm": "INSTANCE"}
        settings |= {"in_channels": 1, "out_channels": 3, "dsdepth": 2} | (network or {})
        state = {}
        if settings["_target_"] == "SegResNetDS":
            state = ConfigParser(settings).get_parsed_content().state_dict()
        config = {"network": settings, "resample_resolution": [0.5, 0.5, 3.0], "normalize_mode": "meanstd"}
        config |= {"intensity_bounds": [-1, 1], "roi_size": [96, 96, 16], "orientation_ras": True} | changes
        torch.save({"config": config, "state_dict": state, "epoch": 7, "best_metric": 0.9}, tmp_path / "model.pt")
        rows = "2,Transition zone,SCT,123037004,Anatomical Structure,SCT,399384005,Transition zone of prostate\n"
        rows += "1,Peripheral zone,SCT,123037004,Anatomical Structure,SCT,279706003,Peripheral zone of prostate\n"
        parts = ("SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence")
        names = [f"{part}.{end}" for part in parts for end in ("CodingSchemeDesignator", "CodeValue", "CodeMeaning")]
        (tmp_path / "labels.csv").write_text(",".join(["LabelValue", "Name", *names]) + "\n" + rows)
        return tmp_path

    return make


@pytest.mark.parametrize("changes", [{}, {"resolution": [0.5, 0.5, 3.0]}, {"norm": ["GROUP", {"num_groups": 2}]}])
def test_their_network_gives_the_same_here(theirs: Callable[..., Path], changes: dict[str, Any]) -> None:
    folder = theirs(changes)
    content = torch.load(folder / "model.pt", weights_only=True)
    expected = ConfigParser(content["config"]["network"]).get_parsed_content()
    expected.load_state_dict(content["state_dict"])
    model, meta = read_auto3dseg(folder)
    with torch.no_grad():
        torch.testing.assert_close(model(IMAGES), expected.eval()(IMAGES))
    assert len(expected.train()(IMAGES)) == len(model.train()(IMAGES)) == len(model.supervision_weights) == 2
    assert (meta.spacing_mm, meta.patch, meta.orientation, meta.axes) == ((0.5, 0.5, 3.0), (96, 96, 16), "RAS", "xyz")
    assert [(label.value, label.type.value) for label in meta.labels] == [(1, "279706003"), (2, "399384005")]
    assert meta.inputs == (Role.T2W,) and meta.outputs == 3


@pytest.mark.parametrize("task", ["gland", "zones"])
def test_what_is_written_is_read_back(task: str, tmp_path: Path) -> None:
    meta = described(task)
    model = network(meta)
    write_auto3dseg(tmp_path, model, meta)
    again, found = load_model(tmp_path)
    with torch.no_grad():
        assert torch.equal(again(IMAGES), model(IMAGES))
    assert [label.type for label in found.labels] == [label.type for label in meta.labels]
    for field in ("outputs", "spacing_mm", "patch", "orientation", "axes", "normalisation", "inputs"):
        assert getattr(found, field) == getattr(meta, field)


def test_monai_builds_what_is_written_from_its_description_alone(tmp_path: Path) -> None:
    meta = described("zones")
    model = network(meta)
    write_auto3dseg(tmp_path, model, meta)
    content = torch.load(tmp_path / "model.pt", weights_only=True)
    built = ConfigParser(content["config"]["network"]).get_parsed_content()
    built.load_state_dict(content["state_dict"], strict=True)
    with torch.no_grad():
        torch.testing.assert_close(built.eval()(IMAGES), model(IMAGES))
    assert content["config"]["sigmoid"] is False
    with (tmp_path / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["SegmentedPropertyTypeCodeSequence.CodeValue"] for row in rows] == ["279706003", "399384005"]
    assert "AnatomicRegionModifierSequence.CodeMeaning" in rows[0] and None not in rows[0]


def test_the_entry_for_their_list_has_what_their_schema_requires(tmp_path: Path) -> None:
    meta = described(inputs=("t2w", "adc"), in_channels=2)
    write_auto3dseg(tmp_path, network(meta), meta, url="https://example.org/gland-v1.0.0.zip")
    entry = json.loads((tmp_path / "Models-entry.json").read_text())
    assert {"title", "description", "subject", "imagingModality", "versions", "segmentNames"} <= set(entry)
    assert entry["versions"] == [{"url": "https://example.org/gland-v1.0.0.zip"}]
    assert all({"title", "namePattern"} == set(one) for one in entry["inputs"]) and len(entry["inputs"]) == 2
    config = torch.load(tmp_path / "model.pt", weights_only=True)["config"]
    assert list(config["extra_modalities"].values()) == ["meanstd"]


def test_what_the_extension_does_differently_is_told(tmp_path: Path) -> None:
    meta = described()
    told = write_auto3dseg(tmp_path, network(meta), meta)
    assert len(told) == 3 and "0.55" in told[1]


@pytest.mark.parametrize(
    ("network", "changes", "told"),
    [
        ({"_target_": "SwinUNETR"}, {}, "SwinUNETR"),
        ({"upsample_mode": "nontrainable"}, {}, "upsample_mode"),
        ({"act": "PRELU"}, {}, "prelu"),
        ({}, {"normalize_mode": "ct"}, "ct"),
        ({}, {"sigmoid": True}, "overlap"),
        ({"out_channels": 4}, {}, "4 outputs for 2 labels"),
        ({"in_channels": 3}, {}, "3 images"),
    ],
)
def test_a_model_of_another_kind_is_told(
    theirs: Callable[..., Path], network: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(UserError, match=told) as caught:
        read_auto3dseg(theirs(network, **changes))
    assert caught.value.code is ErrorCode.WRONG_CHECKPOINT


def test_a_folder_that_is_not_whole_is_told(theirs: Callable[..., Path]) -> None:
    folder = theirs()
    (folder / "labels.csv").unlink()
    with pytest.raises(UserError) as caught:
        read_auto3dseg(folder)
    assert caught.value.code is ErrorCode.NO_WEIGHTS


def test_weights_without_a_description_are_told(theirs: Callable[..., Path]) -> None:
    folder = theirs()
    torch.save({"state_dict": {}}, folder / "model.pt")
    with pytest.raises(UserError, match="description"):
        read_auto3dseg(folder)


@pytest.mark.parametrize("case", ["network", "axes", "address"])
def test_a_model_that_the_format_cannot_hold_is_told(case: str, test_size: str, tmp_path: Path) -> None:
    meta = described(**({"orientation": "LPS"} if case == "axes" else {}))
    model = network(meta)
    if case == "network":
        model = build("profound_conv_fpn", outputs=1, in_channels=1, size=test_size)
    with pytest.raises(UserError) as caught:
        write_auto3dseg(tmp_path, model, meta, url="https://example.org/gland.zip" if case == "address" else None)
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert not list(tmp_path.iterdir())
