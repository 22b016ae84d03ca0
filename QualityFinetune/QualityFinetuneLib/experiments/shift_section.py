"""What a report tells about the quality of the cases trained on against that of the other cases."""

from __future__ import annotations

from dataclasses import dataclass

from ..quality.distribution.shift import QualityShift
from ..study.study import Study
from ..workflow.distribution import shift_within, trained_on


@dataclass(frozen=True, kw_only=True)
class ShiftSection:
    """The newest finetune run's training set against every other case.

    Attributes:
        shift: None where there is nothing to compare; `why_none` then says why.
    """

    run_id: int | None
    shift: QualityShift | None
    why_none: str


def shift_section(study: Study) -> ShiftSection:
    """Compare the cases that the newest finished finetune learned from with the rest of the study."""
    runs = [run for run in study.runs.all(kind="finetune") if run.status == "done"]
    if not runs:
        return ShiftSection(
            run_id=None,
            shift=None,
            why_none="Nothing has been finetuned yet, so there is no training set to compare.",
        )
    run = runs[-1]
    split = trained_on(study, run)
    if not split.second:
        return ShiftSection(
            run_id=run.id, shift=None, why_none=f"Run {run.id} was trained on every case of this study."
        )
    return ShiftSection(run_id=run.id, shift=shift_within(study, split), why_none="")
