from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.models.meta import ModelMeta, read_meta
from QualityFinetuneLib.models.registry import card


def zones(**changes: object) -> ModelMeta:
    labels = load_task("zones").labels
    return ModelMeta.from_card(
        card("taps_gland"), name="zones", task="zones", labels=labels, outputs=3, mode="frozen", **changes
    )


def test_grid_and_channels_come_from_the_card_and_the_rest_from_the_run() -> None:
    meta, of_card = zones(), card("taps_gland")
    for field in ("architecture", "options", "inputs", "spacing_mm", "patch", "orientation", "axes", "whole_volume"):
        assert getattr(meta, field) == getattr(of_card, field)
    assert (meta.card, meta.in_channels, meta.outputs, meta.mode) == ("taps_gland", 1, 3, "frozen")
    assert [label.short for label in meta.labels] == ["PZ", "TZ"]


def test_a_run_may_change_what_the_card_says() -> None:
    assert zones(patch=(64, 64, 16), simulated=True).patch == (64, 64, 16)
    with pytest.raises(ValidationError):
        zones(colour="red")


def test_the_description_is_read_back_without_torch(tmp_path: Path) -> None:
    save_yaml(tmp_path / "model.yaml", zones(weights_sha256="ab"))
    assert read_meta(tmp_path) == zones(weights_sha256="ab")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from QualityFinetuneLib.models.meta import read_meta\n"
        f"assert read_meta(Path({str(tmp_path)!r})).task == 'zones'\n"
        "assert not {'torch', 'monai'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_meta(tmp_path)
    assert caught.value.code is ErrorCode.NO_WEIGHTS


def test_a_wrong_description_is_told_by_its_key(tmp_path: Path) -> None:
    save_yaml(tmp_path / "model.yaml", zones())
    path = tmp_path / "model.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("outputs: 3", "outputs: many"), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_meta(tmp_path)
    assert caught.value.code is ErrorCode.BAD_CONFIG and "outputs" in caught.value.why
