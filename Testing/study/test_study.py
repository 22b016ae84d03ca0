from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import Annotation, Case, Reading
from QualityFinetuneLib.study.settings import StudySettings
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]


def test_a_study_is_a_folder_that_opens_again(tmp_path: Path, new_case: AddCase) -> None:
    folder = tmp_path / "new" / "study"
    settings = StudySettings(protocol="mpmri", blinded=False)
    with Study.create(folder, name=" My study ", settings=settings) as made:
        case = new_case(made, "A")
    assert {entry.name for entry in folder.iterdir()} == {
        "study.yaml", "study.sqlite", "cases", "annotations", "runs", "exports",
    }  # fmt: skip
    with Study.open(folder) as opened:
        assert (opened.name, opened.folder, opened.settings) == ("My study", folder.resolve(), settings)
        assert opened.cases.all() == [case]


def test_a_study_can_be_moved(tmp_path: Path, new_case: AddCase, new_annotation: Callable[..., Annotation]) -> None:
    with Study.create(tmp_path / "here", name="S") as made:
        case = new_case(made, "A")
        new_annotation(made, case)
    shutil.move(tmp_path / "here", tmp_path / "there")
    with Study.open(tmp_path / "there") as opened:
        assert opened.cases.series(case.id)[0].path == opened.folder / "cases" / "A" / "t2w.nrrd"
        assert opened.annotations.all()[0].path.is_file()
        assert opened.verify() == []


def test_records_stay_valid_after_the_study_is_closed(
    tmp_path: Path, new_case: AddCase, new_reading: Callable[..., Reading]
) -> None:
    with Study.create(tmp_path, name="S") as made:
        reading = new_reading(made, new_case(made, "A"))
    assert reading.values["t2w_snr"] is True


def test_settings_are_saved(study: Study) -> None:
    changed = study.settings.model_copy(update={"blinded": False, "device": "cpu"})
    study.save_settings(changed)
    assert study.settings == changed
    with Study.open(study.folder) as opened:
        assert opened.settings == changed
        assert opened.name == study.name


@pytest.mark.parametrize("name", ["", "  "])
def test_a_study_needs_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as told:
        Study.create(tmp_path / "s", name=name)
    assert told.value.code is ErrorCode.BAD_CONFIG
    assert not (tmp_path / "s").exists()


def test_a_study_is_not_made_over_another_one(study: Study) -> None:
    for lost in ("nothing", "study.yaml"):
        (study.folder / lost).unlink(missing_ok=True)
        with pytest.raises(UserError) as told:
            Study.create(study.folder, name="again")
        assert told.value.code is ErrorCode.CONFLICT


def test_a_place_where_no_folder_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError) as told:
        Study.create(tmp_path / "file" / "study", name="S")
    assert told.value.code is ErrorCode.NO_STUDY


def test_a_folder_without_a_study_is_told(tmp_path: Path, study: Study) -> None:
    with pytest.raises(UserError) as told:
        Study.open(tmp_path)
    assert told.value.code is ErrorCode.NO_STUDY
    study.close()
    study.paths.database.unlink()
    with pytest.raises(UserError) as told:
        Study.open(study.folder)
    assert told.value.code is ErrorCode.NO_STUDY
    assert "study.sqlite" in told.value.why


def test_a_mistake_in_study_yaml_is_told_with_its_line(study: Study) -> None:
    text = study.paths.settings.read_text(encoding="utf-8")
    study.paths.settings.write_text(text.replace("blinded: true", "blinded: perhaps"), encoding="utf-8")
    with pytest.raises(UserError) as told:
        Study.open(study.folder)
    assert told.value.code is ErrorCode.BAD_CONFIG
    assert "blinded" in told.value.why


def test_the_settings_of_one_study_do_not_open_the_database_of_another(study: Study, tmp_path: Path) -> None:
    with Study.create(tmp_path / "other", name="Other") as other:
        shutil.copy(study.paths.settings, other.paths.settings)
    with pytest.raises(UserError) as told:
        Study.open(tmp_path / "other")
    assert told.value.code is ErrorCode.NO_STUDY
    assert "different studies" in told.value.why


def test_a_blinded_study_shows_neutral_names(study: Study, new_case: AddCase) -> None:
    case = new_case(study, "Miller 1954")
    assert study.display_name(case) == "Case 0001"
    study.save_settings(study.settings.model_copy(update={"blinded": False}))
    assert study.display_name(case) == "Miller 1954"


def test_a_simulated_case_says_so_either_way(study: Study, new_case: AddCase) -> None:
    case = replace(new_case(study, "A"), simulated=True)
    assert study.display_name(case) == "Case 0001 (simulated)"
    study.save_settings(study.settings.model_copy(update={"blinded": False}))
    assert study.display_name(case) == "A (simulated)"
    assert study.display_name(replace(case, name="Simulated-0001")) == "Simulated-0001"


def test_opening_a_study_loads_neither_alembic_nor_torch(study: Study) -> None:
    program = (
        "import sys; from pathlib import Path; from QualityFinetuneLib.study.study import Study;"
        "Study.open(Path(sys.argv[1])).close();"
        "sys.exit(', '.join({'alembic', 'torch', 'SimpleITK', 'scipy'} & sys.modules.keys()) or None)"
    )
    subprocess.run([sys.executable, "-c", program, str(study.folder)], check=True)
