from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.measures import measure
from QualityFinetuneLib.workflow.exams import Exam, exams_at
from QualityFinetuneLib.workflow.measuring import COLUMNS, measure_exam, phase_encoding_of

FEW = ("snr_local", "gland_sharpness", "gland_overlap")


@pytest.fixture
def exam(cohort: Path) -> Exam:
    exams, _ = exams_at(cohort)
    return exams[0]


def test_every_series_gets_what_measuring_it_by_itself_gives(exam: Exam, cohort: Path) -> None:
    seen: list[str] = []
    done = measure_exam(exam, only=FEW, on_series=seen.append)
    assert [one.role for one in done] == [one.role for one in exam.series]
    assert seen == [one.series for one in done]
    folder = cohort / exam.name
    t2w, gland = read_image(folder / "t2w.nrrd"), read_image(folder / "gland.nrrd")
    adc = next(one for one in done if one.role is Role.ADC)
    alone = measure(read_image(folder / "adc.nrrd"), gland=gland, role=Role.ADC, t2w=t2w, only=FEW)
    assert adc.measures.as_json() == alone.as_json()


def test_diffusion_is_compared_with_t2w_even_where_t2w_is_not_wanted(exam: Exam) -> None:
    (adc,) = measure_exam(exam, roles=[Role.ADC], only=["gland_overlap"])
    assert adc.measures["gland_overlap"].why != "No T2W was given."


def test_a_series_that_cannot_be_read_stops_no_other(cohort: Path, tmp_path: Path) -> None:
    shutil.copytree(cohort / "Simulated-0001", tmp_path / "exams" / "Simulated-0001")
    (exam,), _ = exams_at(tmp_path / "exams")
    (tmp_path / "exams" / "Simulated-0001" / "adc.nrrd").write_bytes(b"NRRD0004\n")
    done = {one.role: one for one in measure_exam(exam, only=["snr_local"])}
    failed = done[Role.ADC].failed
    assert failed is not None and failed["code"] == "unreadable_file"
    assert done[Role.ADC].rows() == []
    assert done[Role.T2W].failed is None and done[Role.T2W].measures["snr_local"].defined


def test_rows_keep_every_number_with_its_unit_and_reason(exam: Exam) -> None:
    (t2w,) = measure_exam(exam, roles=[Role.T2W], only=["snr_local", "gland_adc"])
    rows = t2w.rows()
    assert [set(row) for row in rows] == [set(COLUMNS)] * 2
    by_name = {row["measure"]: row for row in rows}
    assert by_name["gland_adc"]["value"] is None and by_name["gland_adc"]["why"]


def test_the_definitions_of_mrqy_on_demand(exam: Exam) -> None:
    (t2w,) = measure_exam(exam, roles=[Role.T2W], compatible=True)
    assert {"MEAN", "SNR1", "FBER"} <= set(t2w.measures)


def test_an_unknown_measure_is_refused_with_those_there_are(exam: Exam) -> None:
    with pytest.raises(UserError, match="gland_sharpness") as caught:
        measure_exam(exam, only=["beauty"])
    assert caught.value.code == "not_found"


@pytest.mark.parametrize(("told", "meant"), [("ROW", "ROW"), ("COL", "COL"), ("COLUMN", "COL"), ("", None)])
def test_phase_encoding_comes_from_the_headers(exam: Exam, told: str, meant: str | None) -> None:
    series = replace(exam.series[0], headers={"InPlanePhaseEncodingDirection": told})
    assert phase_encoding_of(series) == meant


def test_acquired_b_values_are_compared_with_the_lowest_one(exam: Exam) -> None:
    high = next(one for one in exam.series if one.role is Role.HBV)
    scan = [
        replace(high, role=Role.DWI, name=f"b{b:g}", b_value=b, calculated=calculated)
        for b, calculated in ((50.0, False), (800.0, False), (1400.0, True))
    ]
    done = measure_exam(replace(exam, series=tuple(scan)), only=["b_value_displacement"])
    why = {one.b_value: one.measures["b_value_displacement"].why for one in done}
    missing = "No volume of a lower b-value was given to compare with."
    assert why[50.0] == why[1400.0] == missing != why[800.0]
