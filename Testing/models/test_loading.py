from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fixtures import reference_weights
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.cards import ModelCard
from QualityFinetuneLib.models.loading import load_pretrained
from QualityFinetuneLib.models.networks.split import SplitNetwork
from QualityFinetuneLib.models.registry import card, weights_path


def saved(model: torch.nn.Module, path: Path) -> Path:
    torch.save({"model": model.state_dict()}, path)
    return path


def refusal(model: SplitNetwork, source: ModelCard | Path, *, strict: bool) -> UserError:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(UserError) as caught:
        load_pretrained(model, source, strict=strict)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items()), "left half loaded"
    return caught.value


@pytest.fixture
def small(test_size: str) -> Callable[..., SplitNetwork]:
    def make(architecture: str = "profound_conv", *, outputs: int = 1, **options: object) -> SplitNetwork:
        if architecture == "profound_conv":
            options = {"hidden": 8} | options
        return build(architecture, outputs=outputs, in_channels=3, **({"size": test_size} | options))

    return make


@pytest.mark.parametrize("architecture", ["profound_conv", "profound_conv_classifier"])
def test_a_finetuned_checkpoint_loads_strictly_and_whole(
    small: Callable[..., SplitNetwork], tmp_path: Path, architecture: str
) -> None:
    trained, fresh = small(architecture), small(architecture)
    reference_weights.fill(trained)
    report = load_pretrained(fresh, saved(trained, tmp_path / "lesion.pth.tar"), strict=True)
    assert set(report.matched) == set(trained.state_dict())
    assert not (report.missing or report.unexpected or report.reshaped or report.other_shape)
    assert all(torch.equal(fresh.state_dict()[name], value) for name, value in trained.state_dict().items())


def test_a_path_may_be_text_and_precision_may_be_half(small: Callable[..., SplitNetwork], tmp_path: Path) -> None:
    trained = small()
    path = saved(trained.half(), tmp_path / "half.pth")
    fresh = small()
    load_pretrained(fresh, str(path), strict=True)
    name = "decode_head.classifier.weight"
    assert fresh.state_dict()[name].dtype is torch.float32
    assert torch.equal(fresh.state_dict()[name], trained.state_dict()[name].float())


def test_another_task_is_no_model_to_predict_with_but_a_start_to_train_from(
    small: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    nine = small(outputs=9)
    reference_weights.fill(nine)
    path = saved(nine, tmp_path / "anatomy.pth.tar")
    error = refusal(small(outputs=1), path, strict=True)
    assert error.code is ErrorCode.WRONG_CHECKPOINT
    assert "decode_head.classifier.weight is 9x8x1x1x1 instead of 1x8x1x1x1" in error.why
    model = small(outputs=1)
    report = load_pretrained(model, path, strict=False)
    assert set(report.other_shape) == {
        f"{head}.classifier.{kind}" for head in ("decode_head", "auxiliary_head") for kind in ("weight", "bias")
    }
    assert len(report.matched) == len(nine.state_dict()) - 4
    name = "decode_head.fpn_bottleneck.conv.weight"
    assert torch.equal(model.state_dict()[name], nine.state_dict()[name])


@pytest.mark.parametrize("architecture", ["profound_conv", "profound_conv_classifier"])
def test_a_sparse_pretrained_checkpoint_fills_the_encoder(
    small: Callable[..., SplitNetwork], tmp_path: Path, architecture: str
) -> None:
    model = small(architecture)
    shapes = reference_weights.sparse_shapes(
        {name: tuple(value.shape) for name, value in model.encoder.state_dict().items()}
    )
    path = tmp_path / "checkpoint-799.pth"
    torch.save({"model": {name: reference_weights.weight(name, shape) for name, shape in shapes.items()}}, path)
    report = load_pretrained(model, path, strict=False)
    encoder = {name for name in model.state_dict() if name.startswith("encoder.")}
    assert set(report.matched) == encoder - {"encoder.norm.weight", "encoder.norm.bias"}
    assert not report.unexpected
    gamma = reference_weights.weight("encoder.stages.0.0.grn.gamma", (1, 32))
    assert torch.equal(model.encoder.stages[0][0].grn.gamma.flatten(), gamma.flatten())
    assert refusal(small(architecture), path, strict=True).code is ErrorCode.WRONG_CHECKPOINT


def test_a_damaged_sparse_kernel_is_refused(small: Callable[..., SplitNetwork], tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pth"
    torch.save({"model": {"encoder.stages.0.0.dwconv.kernel": torch.zeros(340, 8)}}, path)
    assert "no cube" in refusal(small(), path, strict=False).why


def test_a_dense_encoder_under_its_own_names_fills_the_encoder(
    small: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    donor, model = small(), small()
    report = load_pretrained(model, saved(donor.encoder, tmp_path / "encoder.pth"), strict=False)
    assert set(report.matched) == {name for name in model.state_dict() if name.startswith("encoder.")}
    assert all(torch.equal(a, b) for a, b in zip(model.encoder.parameters(), donor.encoder.parameters(), strict=True))


def test_a_segmenter_gives_its_encoder_to_a_classifier(small: Callable[..., SplitNetwork], tmp_path: Path) -> None:
    donor, model = small(), small("profound_conv_classifier")
    report = load_pretrained(model, saved(donor, tmp_path / "lesion.pth"), strict=False)
    assert all(name.startswith("head.") for name in report.missing)
    assert all(not name.startswith("encoder.") for name in report.unexpected)


@pytest.mark.parametrize("strict", [True, False])
def test_another_architecture_or_size_is_refused(
    small: Callable[..., SplitNetwork], small_segresnet: Callable[..., SplitNetwork], tmp_path: Path, strict: bool
) -> None:
    of_segresnet = saved(small_segresnet(), tmp_path / "segresnet.pth")
    of_atto = saved(build("profound_conv", outputs=1, in_channels=3, size="atto", hidden=8), tmp_path / "atto.pth")
    for path in (of_segresnet, of_atto):
        error = refusal(small(), path, strict=strict)
        assert error.code is ErrorCode.WRONG_CHECKPOINT and "and " in error.why and "more" in error.why


def test_a_checkpoint_without_the_second_output_still_predicts(
    small: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    donor = small(auxiliary_hidden=0)
    report = load_pretrained(small(), saved(donor, tmp_path / "light.pth"), strict=True)
    assert report.missing and all(name.startswith("auxiliary_head.") for name in report.missing)


def test_more_image_channels_leave_the_network_as_it_was_on_the_first(
    small_segresnet: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    one, three = small_segresnet().eval(), small_segresnet(in_channels=3).eval()
    report = load_pretrained(three, saved(one, tmp_path / "t2w.pth"), strict=False)
    assert report.reshaped == ("encoder.conv_init.weight",)
    t2w = torch.randn(1, 1, 16, 16, 8)
    with torch.no_grad():
        torch.testing.assert_close(three(torch.cat([t2w, torch.randn(1, 2, 16, 16, 8)], 1)), one(t2w))
    assert "widened" in report.summary()
    assert refusal(small_segresnet(in_channels=3), tmp_path / "t2w.pth", strict=True)


def test_fewer_image_channels_are_another_network(
    small_segresnet: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    path = saved(small_segresnet(in_channels=3), tmp_path / "three.pth")
    assert refusal(small_segresnet(), path, strict=False).code is ErrorCode.WRONG_CHECKPOINT


def test_a_card_whose_weights_must_be_downloaded_says_how(small: Callable[..., SplitNetwork]) -> None:
    error = refusal(small(), card("profound_conv"), strict=False)
    assert error.code is ErrorCode.NO_WEIGHTS
    assert error.next == card("profound_conv").weights.how_to_get


def test_the_summary_counts_what_became_of_the_names(small: Callable[..., SplitNetwork], tmp_path: Path) -> None:
    report = load_pretrained(small(), saved(small(), tmp_path / "lesion.pth"), strict=True)
    assert report.summary() == f"lesion.pth ({report.sha256[:12]}): {len(report.matched)} loaded."


def test_a_wheel_without_known_weights_is_refused(
    small_segresnet: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    wheel = tmp_path / "other-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("other/__init__.py", "")
    assert "registry" in refusal(small_segresnet(), wheel, strict=False).why
    wheel.write_bytes(b"<html>")
    assert "complete wheel" in refusal(small_segresnet(), wheel, strict=False).why
    assert refusal(small_segresnet(), tmp_path / "absent.whl", strict=False).code is ErrorCode.NO_WEIGHTS


def test_a_wheel_of_another_version_is_told_by_its_hash(
    small_segresnet: Callable[..., SplitNetwork], tmp_path: Path
) -> None:
    wheel = tmp_path / "lavlab_taps-9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("taps/resources/model_v1.onnx", b"newer")
    assert refusal(small_segresnet(), wheel, strict=False).code is ErrorCode.HASH_MISMATCH


def test_the_gland_model_is_the_same_from_the_package_and_from_a_wheel(
    taps: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = weights_path(taps)
    assert installed is not None and taps.weights.member is not None
    wheel = tmp_path / "lavlab_taps-1.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(installed, taps.weights.member)
    models = [build(taps.architecture, outputs=1, in_channels=1, **taps.options) for _ in range(3)]
    reports = [load_pretrained(models[0], taps, strict=True), load_pretrained(models[1], wheel, strict=True)]
    monkeypatch.setenv("QUALITYFINETUNE_TAPS_WHEEL", str(wheel))
    reports.append(load_pretrained(models[2], taps, strict=True))
    assert {report.sha256 for report in reports} == {taps.weights.sha256}
    assert all(
        set(report.missing) == {f"up_layers.{level}.head.{kind}" for level in (0, 1) for kind in ("weight", "bias")}
        for report in reports
    )
    first, *others = [model.state_dict() for model in models]
    for name in reports[0].matched:
        assert all(torch.equal(first[name], other[name]) for other in others)


def test_zones_start_from_the_gland_models_encoder_and_decoder(taps: ModelCard) -> None:
    model = build(taps.architecture, outputs=3, in_channels=1, **taps.options)
    report = load_pretrained(model, taps, strict=False)
    assert set(report.other_shape) == {"up_layers.2.head.weight", "up_layers.2.head.bias"}
    assert len(report.matched) == 79
