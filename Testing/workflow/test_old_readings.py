from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.common.resources import resource
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.old_readings import answers_shown, form_of
from QualityFinetuneLib.workflow.rating import Rater


def change_form(study: Study, tmp_path: Path, *, version: str | None) -> Path:
    """A site's form in which the first visual item reads otherwise."""
    data = yaml.safe_load(resource("Forms", "pi-qual-v2.yaml").read_text(encoding="utf-8"))
    item = next(one for section in data["sections"] for one in section["items"] if one["id"] == "t2w_snr")
    item["label"] = "A label that nobody had read then"
    if version:
        data["version"] = version
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    study.save_settings(study.settings.model_copy(update={"form": str(path)}))
    return path


def test_an_old_reading_keeps_its_own_labels(study: Study, rate, tmp_path: Path) -> None:
    case = study.cases.all()[0]
    rate(case, high=True)
    old = study.readings.history(case.id)[0]
    before = answers_shown(study, old)
    path = change_form(study, tmp_path, version="99.0.0")
    rate(case, high=False)
    new = study.readings.history(case.id)[1]
    path.unlink()
    with Study.open(study.folder) as again:
        assert answers_shown(again, old) == before
        label = {one.id: one.label for one in answers_shown(again, new)}["t2w_snr"]
    assert label == "A label that nobody had read then"
    assert label not in {one.label for one in before}
    assert any(one.score and one.id == "t2w_visual" and one.answer.startswith("4") for one in before)


def test_a_form_changed_without_a_new_version_is_refused_before_any_work(study: Study, rate, tmp_path: Path) -> None:
    case = study.cases.all()[0]
    rate(case, high=True)
    change_form(study, tmp_path, version=None)
    with pytest.raises(UserError) as caught:
        Rater(study, study.readers.ensure("Reader A"), case)
    assert caught.value.code == "conflict"


def test_a_reading_older_than_the_copies_finds_the_packaged_form(rated: Study, tmp_path: Path) -> None:
    shutil.rmtree(rated.forms.folder)
    reading = rated.readings.all()[0]
    assert form_of(rated, reading).name == "pi-qual-v2"
    rated.save_settings(rated.settings.model_copy(update={"form": str(tmp_path / "gone.yaml")}))
    assert form_of(rated, reading).version == reading.form_version


def test_a_version_that_nobody_has_is_told(study: Study, rate, tmp_path: Path) -> None:
    change_form(study, tmp_path, version="99.0.0").rename(tmp_path / "kept.yaml")
    study.save_settings(study.settings.model_copy(update={"form": str(tmp_path / "kept.yaml")}))
    rate(study.cases.all()[0], high=True)
    shutil.rmtree(study.forms.folder)
    study.save_settings(study.settings.model_copy(update={"form": "pi-qual-v2"}))
    with pytest.raises(UserError) as caught:
        form_of(study, study.readings.all()[0])
    assert caught.value.code == "not_found"
