from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.study.study import Study


def test_the_scores_of_a_study(run: Any, study: Path, tmp_path: Path) -> None:
    chart = tmp_path / "chart.png"
    document = run("quality", "distribution", "--study", study, "--chart", chart, "--json").document
    assert sum(document["distribution"]["counts"].values()) == 6
    assert sum(document["shares"].values()) == 1
    assert chart.read_bytes()[:4] == b"\x89PNG"
    text = run("quality", "distribution", "--study", study).out
    assert "not rated" in text and "%" in text


def test_a_run_a_split_and_another_study(run: Any, study: Path, tmp_path: Path) -> None:
    with Study.open(study) as opened:
        used = [{"case_id": 1, "part": "train"}, {"case_id": 2, "part": "train"}]
        number = opened.runs.create("finetune", "two", {"cases": used}, 0).id
        opened.splits.create(
            "main", seed=0, fractions={"train": 0.5, "validate": 0.0, "test": 0.5}, case_ids=range(1, 7)
        )
    Study.create(tmp_path / "other", name="Other").close()
    common = ["quality", "distribution", "--study", study, "--json"]
    rest = run(*common, "--run", number).document["shift"]
    assert sum(rest["scores"]["first"]["counts"].values()) == 2
    assert sum(rest["scores"]["second"]["counts"].values()) == 4
    parts = run(*common, "--split", "main").document["shift"]
    assert (parts["first"], parts["second"]) == ("training part", "test part")
    other = run(*common, "--run", number, "--deployment", tmp_path / "other").document["shift"]
    assert other["verdict"] == "unclear"
    assert other["scores"]["second"]["counts"] == {"1": 0, "2": 0, "3": 0}
    text = run("quality", "distribution", "--study", study, "--run", number).out
    assert "Total variation" in text and "rated" in text


def test_alike_sets_are_called_alike(run: Any, study: Path) -> None:
    with Study.open(study) as opened:
        limits = opened.settings.quality_shift.model_copy(
            update={"fewest_cases": 2, "high_share": 1.0, "total_variation": 1.0, "wasserstein": 9.0}
        )
        opened.save_settings(opened.settings.model_copy(update={"quality_shift": limits}))
    ran = run("quality", "distribution", "--study", study, "--deployment", study)
    assert "alike in quality" in ran.out


def test_sets_that_contradict_each_other_are_refused(run: Any, study: Path) -> None:
    ran = run("quality", "distribution", "--study", study, "--split", "main", "--run", 1)
    assert ran.code == 1 and "--split" in ran.err
