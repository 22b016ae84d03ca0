"""What the case table shows, worked out from the study. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...cases.tasks import Task
from ...study.quality import strata
from ...study.records import Annotation, Part, Split
from ...study.study import Study
from ..i18n import tr as _
from ..session import Session
from ..words import part_words, quality_words, series_words


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case as the table shows it."""

    case_id: int
    label: str
    series: str
    quality: str
    outlines: str
    part: str
    rated: bool
    stratum: str | None

    @property
    def texts(self) -> tuple[str, str, str, str, str]:
        """The cells, left to right."""
        return (self.label, self.quality, self.outlines, self.part, self.series)


def case_rows(session: Session, tasks: list[Task]) -> list[CaseRow]:
    """A row for each case of the open study; empty while none is open."""
    study = session.study
    if study is None:
        return []
    quality = strata(study)
    parts = parts_of(study)
    current = {task.name: study.annotations.all_current(task.name) for task in tasks}
    return [
        CaseRow(
            case_id=case.id,
            label=session.label(case),
            series=series_words(study.cases.series(case.id)),
            quality=quality_words(quality.get(case.id)),
            outlines=outlines_words(case.id, current),
            part=part_words(parts.get(case.id)),
            rated=quality.get(case.id) is not None,
            stratum=quality.get(case.id),
        )
        for case in session.cases
    ]


def outlines_words(case_id: int, current: Mapping[str, Mapping[int, Annotation]]) -> str:
    """Which tasks of a case have a segmentation, and its status; `current` is by task name and case id."""
    there = {name: by_case[case_id] for name, by_case in current.items() if case_id in by_case}
    reviewed = [name for name, one in there.items() if one.status in ("accepted", "corrected")]
    waiting = [name for name, one in there.items() if one.status == "draft"]
    told = [f"✓ {', '.join(reviewed)}"] if reviewed else []
    told += [_("to review: {names}").format(names=", ".join(waiting))] if waiting else []
    return "; ".join(told) or _("none")


def latest_split(study: Study) -> Split | None:
    """The split drawn last."""
    splits = study.splits.all()
    return max(splits, key=lambda split: split.id) if splits else None


def parts_of(study: Study) -> dict[int, Part]:
    """What the latest split uses each case for."""
    split = latest_split(study)
    return dict(split.members) if split is not None else {}


def summary(rows: list[CaseRow]) -> str:
    """The study in one sentence."""
    if not rows:
        return _("No exams yet. Import a folder with prostate MRI exams.")
    high = sum(row.stratum == "high" for row in rows)
    low = sum(row.stratum == "low" for row in rows)
    return _("{cases} cases: {high} of high quality, {low} of low quality, {open} not rated.").format(
        cases=len(rows), high=high, low=low, open=len(rows) - high - low
    )
