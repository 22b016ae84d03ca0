"""A job is checked before anything is read: refused where it cannot be, put right where it is merely odd."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker.job_checks import checked

MakeJob = Callable[..., FinetuneJob]


def test_a_sensible_job_is_left_as_it_is(finetune_job: MakeJob, heard) -> None:
    job = finetune_job()
    assert checked(job, heard.context()) == job and not heard


def test_a_job_without_cases_is_refused(finetune_job: MakeJob, heard) -> None:
    with pytest.raises(UserError) as caught:
        checked(finetune_job(train=()), heard.context())
    assert caught.value.code is ErrorCode.TOO_FEW_CASES


def test_a_batch_is_no_larger_than_the_cases(finetune_job: MakeJob, heard) -> None:
    assert checked(finetune_job(batch_size=9), heard.context()).options.batch_size == 3
    assert [event.code for event in heard.of("warning")] == [ErrorCode.BAD_CONFIG]


@pytest.mark.parametrize(("mode", "told"), [("frozen", True), ("probe", True), ("full", False)])
def test_stochastic_depth_of_an_encoder_at_rest_is_told_to_do_nothing(
    finetune_job: MakeJob, heard, mode: str, told: bool
) -> None:
    checked(finetune_job(mode=mode, drop_path=0.1), heard.context())
    assert bool(heard.of("warning")) is told


@pytest.mark.parametrize(("options", "fits"), [({}, False), ({"batch_size": 2}, True), ({"accumulate": 2}, True)])
def test_every_process_needs_a_share_of_each_step(
    finetune_job: MakeJob, heard, options: dict[str, int], fits: bool
) -> None:
    if fits:
        checked(finetune_job(**options), heard.context(), ranks=2)
        return
    with pytest.raises(UserError) as caught:
        checked(finetune_job(**options), heard.context(), ranks=2)
    assert caught.value.code is ErrorCode.BAD_CONFIG and "at least 2" in caught.value.next
