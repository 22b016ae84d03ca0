"""Is a finetune's job sensible? What is merely odd is warned of and put right."""

from __future__ import annotations

from ...common.errors import ErrorCode, UserError
from ..protocol.jobs import FinetuneJob
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
    if not job.train:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to learn from.",
            why="The job names no training case.",
            next="Choose at least one case with a segmentation of this task.",
        )
    both = sorted({case.id for case in job.train} & {case.id for case in job.validate_on})
    if both:
        context.warn(
            ErrorCode.BAD_JOB,
            what="The validation will look better than it is.",
            why=f"{', '.join(both[:3])} {'is' if len(both) == 1 else 'are'} both learned from and validated on.",
            next="Keep validation cases out of the training cases.",
        )
    if job.options.batch_size > len(job.train):
        context.warn(
            ErrorCode.BAD_CONFIG,
            what=f"The batch is reduced from {job.options.batch_size} to {len(job.train)}.",
            why=f"There {'is' if len(job.train) == 1 else 'are'} only {len(job.train)} training "
            f"{'case' if len(job.train) == 1 else 'cases'}.",
            next="Nothing has to be done.",
        )
        options = job.options.model_copy(update={"batch_size": len(job.train)})
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
