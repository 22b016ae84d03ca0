"""Names on the command line lead to cases, models and runs, or to a message with the way to find them."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cli.options import find_case, find_cases, find_model, find_run
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study


@pytest.mark.parametrize(
    "name", ["2", "Simulated-0002", "simulated-0002", "Case 0002", "case 0002 (simulated)", " 2 "]
)
def test_a_case_is_found_by_each_of_its_names(study: Path, name: str) -> None:
    with Study.open(study) as opened:
        assert find_case(opened, name).id == 2


def test_cases_keep_their_order_and_come_once(study: Path) -> None:
    with Study.open(study) as opened:
        assert [case.id for case in find_cases(opened, ["3", "1", "Case 0003"])] == [3, 1]


def test_of_models_with_one_name_the_newest_is_taken(study: Path) -> None:
    with Study.open(study) as opened:
        (opened.paths.runs / "x").mkdir()
        for sha256 in ("a" * 64, "b" * 64):
            opened.models.add(name="m", card="taps_gland", folder=opened.paths.runs / "x", sha256=sha256)
        found = find_model(opened, "m")
        assert found is not None
        assert found.sha256.startswith("b")
        assert find_model(opened, "1") == opened.models.get(1)
        assert find_model(opened, "taps_gland") is None


def test_a_run_must_be_of_the_right_kind_and_done(study: Path) -> None:
    with Study.open(study) as opened:
        run = opened.runs.create("predict", "t", {}, 0)
        for run_id, kind in ((run.id, "evaluate"), (None, "predict"), (99, "predict")):
            with pytest.raises(UserError) as failure:
                find_run(opened, run_id, kind=kind)
            assert failure.value.code is ErrorCode.NOT_FOUND
        opened.runs.start(run.id, {})
        opened.runs.finish(run.id, "done", {})
        assert find_run(opened, None, kind="predict").id == run.id
