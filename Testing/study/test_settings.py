from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.common.yaml_config import load_yaml, save_yaml
from QualityFinetuneLib.quality.rule import QualityRule
from QualityFinetuneLib.study.settings import StudyFile, StudySettings


def test_a_study_is_blinded_and_has_a_quality_rule_unless_told_otherwise() -> None:
    settings = StudySettings()
    assert settings.blinded
    assert settings.quality_rule == QualityRule()
    assert (settings.form, settings.protocol, settings.device, settings.engine_python) == (
        "pi-qual-v2", "bpmri", "auto", None,
    )  # fmt: skip


def test_settings_survive_the_way_through_yaml(tmp_path: Path) -> None:
    settings = StudySettings(
        quality_rule=QualityRule(threshold=3), protocol="mpmri", blinded=False, engine_python=Path("/opt/python"),
        device="cuda:1", form_options={"upgrade": True},
    )  # fmt: skip
    file = StudyFile(id="ab", name="Größe", database="postgresql+psycopg://user@server/db", settings=settings)
    save_yaml(tmp_path / "study.yaml", file)
    assert load_yaml(tmp_path / "study.yaml", StudyFile) == file
    assert "Größe" in (tmp_path / "study.yaml").read_text(encoding="utf-8")


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="blindd"):
        StudySettings.model_validate({"blindd": True})
