"""A run is the same with the same contents, wherever its files lie, and another with any other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob
from QualityFinetuneLib.engine.worker.fingerprint import content_of, fingerprint
from QualityFinetuneLib.engine.worker.network import Network, network_to_train


@pytest.fixture
def network(finetune_job: Callable[..., FinetuneJob], heard) -> Network:
    job = finetune_job()
    return network_to_train(
        job.model, job.task, options=job.options, seed=0, simulated=False, context=heard.context()
    )


def test_names_and_contents_count_but_not_places(exams: tuple[CaseFiles, ...], tmp_path: Path) -> None:
    case = exams[0]
    moved = case.model_copy(update={"label": Path(shutil.copy(case.label, tmp_path / "elsewhere.nrrd"))})
    assert content_of(moved) == content_of(case)
    assert content_of(case) != content_of(case.model_copy(update={"label": exams[1].label}))
    assert content_of(case) != content_of(case.model_copy(update={"quality": "low"}))


def test_a_file_that_is_not_there_is_left_for_whoever_reads_it(exams: tuple[CaseFiles, ...]) -> None:
    absent = exams[0].model_copy(update={"label": Path("nowhere.nrrd")})
    assert content_of(absent) == content_of(absent) != content_of(exams[0])


@pytest.mark.parametrize("changes", [{"seed": 1}, {"ema": 0.9}, {"mode": "full"}, {"precision": "bf16"}], ids=str)
def test_another_setting_is_another_run(
    finetune_job: Callable[..., FinetuneJob], network: Network, changes: dict[str, object]
) -> None:
    assert fingerprint(finetune_job(**changes), network) != fingerprint(finetune_job(), network)


def test_where_it_writes_and_computes_makes_no_difference(
    finetune_job: Callable[..., FinetuneJob], network: Network, tmp_path: Path
) -> None:
    other = finetune_job(output=tmp_path / "other", device="auto", threads=2, resume=True)
    assert fingerprint(other, network) == fingerprint(finetune_job(), network)
