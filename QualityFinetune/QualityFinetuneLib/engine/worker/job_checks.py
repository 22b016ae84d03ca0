"""Is a job sensible that trains? What is merely odd is warned of and put right."""

from __future__ import annotations

from collections.abc import Sequence

from ...common.errors import ErrorCode, UserError
from ..protocol.jobs import CaseFiles, FinetuneJob, PretrainJob
from .context import JobContext


def checked(job: FinetuneJob, context: JobContext, *, ranks: int = 1) -> FinetuneJob:
    """The job as it can be done.

    Args:
        job: as asked for.
        context: takes warnings.
        ranks: how many processes share each batch.

    Raises:
        UserError: TOO_FEW_CASES without any training case, BAD_CONFIG for a batch that not every process gets a
            share of.
    """
    _require(job.train, "training case", next="Choose at least one case with a segmentation of this task.")
    _warn_of_both(job.train, job.validate_on, "validation", "validated on", context)
    options = job.options.model_copy(update={"batch_size": _batch(job.options.batch_size, job.train, context)})
    job = job.model_copy(update={"options": options})
    if job.options.drop_path and job.options.keeps_encoder:
        context.warn(
            ErrorCode.BAD_CONFIG,
            what="Stochastic depth does nothing in this training.",
            why=f"It is the encoder's, and in the mode {job.options.mode} the encoder does not learn.",
            next="Use dropout instead, which works in every mode.",
        )
    shown = job.options.batch_size * job.options.accumulate
    if shown < ranks:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"{ranks} processes cannot share this training.",
            why=f"Each step shows {shown} {'case' if shown == 1 else 'cases'}, so some processes would have nothing.",
            next=f"Choose a batch of at least {ranks}, or start fewer processes.",
        )
    return job


def checked_pretraining(job: PretrainJob, context: JobContext) -> PretrainJob:
    """The job as it can be done.

    Raises:
        UserError: TOO_FEW_CASES without any case.
    """
    _require(job.cases, "case", next="Choose at least one case with an axial T2w series.")
    _warn_of_both(job.cases, job.hold_out, "held-out loss", "held out", context)
    options = job.options.model_copy(update={"batch_size": _batch(job.options.batch_size, job.cases, context)})
    return job.model_copy(update={"options": options})


def _require(cases: Sequence[CaseFiles], called: str, *, next: str) -> None:
    if not cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to learn from.",
            why=f"The job names no {called}.",
            next=next,
        )


def _warn_of_both(
    learned: Sequence[CaseFiles], judged: Sequence[CaseFiles], number: str, used: str, context: JobContext
) -> None:
    both = sorted({case.id for case in learned} & {case.id for case in judged})
    if both:
        context.warn(
            ErrorCode.BAD_JOB,
            what=f"The {number} will look better than it is.",
            why=f"{', '.join(both[:3])} {'is' if len(both) == 1 else 'are'} both learned from and {used}.",
            next=f"Keep cases that are {used} out of those that are learned from.",
        )


def _batch(wanted: int, cases: Sequence[CaseFiles], context: JobContext) -> int:
    """A batch no larger than the cases."""
    if wanted <= len(cases):
        return wanted
    context.warn(
        ErrorCode.BAD_CONFIG,
        what=f"The batch is reduced from {wanted} to {len(cases)}.",
        why="There is only 1 training case." if len(cases) == 1 else f"There are only {len(cases)} training cases.",
        next="Nothing has to be done.",
    )
    return len(cases)
