"""The demo's reader follows the recipe, is named as what it is, and never rates a real exam."""

from __future__ import annotations

from pathlib import Path

from QualityFinetuneLib.cases.simulated.recipe import draw_recipe, load_recipe
from QualityFinetuneLib.cli.simulated_reader import answers, rate_simulated
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.quality.pi_qual import score
from QualityFinetuneLib.study.quality import strata
from QualityFinetuneLib.study.study import Study


def exam_score(severity: float) -> int:
    recipe = draw_recipe(patient="p", seed=0, quality="high", severity=severity, spacing_z_mm=3.0, version="x")
    found = score(load_form("pi-qual-v2"), answers(recipe), protocol="bpmri")
    assert found.missing == ()
    assert found.exam is not None
    return found.exam


def test_quality_never_rises_with_severity() -> None:
    scores = [exam_score(step / 20) for step in range(21)]
    assert scores == sorted(scores, reverse=True)
    assert (scores[0], scores[-1]) == (3, 1)


def test_high_and_low_exams_are_rated_as_they_were_made(study: Path, cohort: Path) -> None:
    with Study.open(study) as opened:
        assert [reader.name for reader in opened.readers.all()] == ["simulated reader"]
        for case_id, quality in strata(opened).items():
            recipe = load_recipe(cohort / opened.cases.get(case_id).name)
            assert recipe is not None
            assert recipe.quality == quality


def test_a_case_that_is_not_simulated_is_not_rated(study: Path, cohort: Path) -> None:
    with Study.open(study) as opened:
        real = opened.cases.add(patient="Simulated-0001", exam="x", name="real", series=[])
        assert rate_simulated(opened, real, cohort) is None
