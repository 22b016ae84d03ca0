from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cli.output import Output
from QualityFinetuneLib.cli.quality_exams import chosen_exams, roles_of
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.study.study import Study


def test_the_study_or_some_of_its_cases_or_paths(study: Path, cohort: Path) -> None:
    output = Output()
    assert len(chosen_exams(output, None, study)) == 6
    assert [one.case_id for one in chosen_exams(output, None, study, ["2"])] == [2]
    assert len(chosen_exams(output, [cohort / "Simulated-0001", cohort / "Simulated-0002"], study)) == 2


def test_paths_and_cases_contradict_each_other(study: Path, cohort: Path) -> None:
    with pytest.raises(UserError) as caught:
        chosen_exams(Output(), [cohort], study, ["1"])
    assert caught.value.code == "bad_config"


def test_an_empty_study_says_how_to_fill_it(tmp_path: Path) -> None:
    Study.create(tmp_path / "empty", name="Empty").close()
    with pytest.raises(UserError, match="import"):
        chosen_exams(Output(), None, tmp_path / "empty")


def test_roles_by_name() -> None:
    assert roles_of(["T2W", "adc"]) == [Role.T2W, Role.ADC]
    assert roles_of(None) == []
    with pytest.raises(UserError, match="t2w"):
        roles_of(["t3w"])
