"""How the panels say what records say in codes: quality, status, roles, time. Whole words, never only a color."""

from __future__ import annotations

from collections.abc import Iterable

from ..cases.roles import Role
from ..study.records import Annotation, Answer, Series
from .i18n import tr as _


def quality_words(stratum: str | None) -> str:
    """High, low or not rated."""
    return {"high": _("▲ High"), "low": _("▼ Low")}.get(stratum or "", _("Not rated"))


def part_words(part: str | None) -> str:
    """What a split uses a case for."""
    return {"train": _("Train"), "validate": _("Validate"), "test": _("Held out")}.get(part or "", _("–"))


def annotation_words(annotation: Annotation | None) -> str:
    """Status of a segmentation in one or two words."""
    if annotation is None:
        return _("None yet")
    return {
        "draft": _("Imported") if annotation.origin == "imported" else _("Draft"),
        "accepted": _("✓ Accepted"),
        "corrected": _("✓ Corrected"),
        "rejected": _("✗ Rejected"),
    }[annotation.status]


def answer_status_words(answer: Answer | None) -> str:
    """Where an answer about a whole exam comes from, in one or two words."""
    if answer is None:
        return _("None yet")
    if answer.status == "draft":
        return _("Draft")
    if answer.origin == "imported":
        return _("Imported")
    return {
        "accepted": _("✓ Given") if answer.origin == "reader" else _("✓ Accepted"),
        "corrected": _("✓ Corrected"),
        "rejected": _("✗ Rejected"),
    }[answer.status]


def run_status_words(status: str) -> str:
    """Status of a run."""
    return {
        "pending": _("Waiting"),
        "running": _("Running"),
        "done": _("✓ Done"),
        "failed": _("✗ Failed"),
        "cancelled": _("Cancelled"),
    }[status]


def run_kind_words(kind: str) -> str:
    """What a run did."""
    return {
        "finetune": _("Finetune"),
        "pretrain": _("Pretrain"),
        "predict": _("Predict"),
        "evaluate": _("Evaluate"),
    }.get(kind, kind)


def mode_words(mode: str) -> str:
    """How a network is trained."""
    return {
        "frozen": _("Frozen encoder (fast)"),
        "full": _("Whole network"),
        "probe": _("One linear layer on the encoder"),
        "partial": _("Part of the encoder"),
        "lora": _("Low-rank corrections (LoRA)"),
        "scratch": _("From scratch"),
    }[mode]


def role_words(role: Role) -> str:
    """Name of a series' role."""
    return {
        Role.T2W: _("T2w"),
        Role.T2W_SAG: _("T2w sagittal"),
        Role.T2W_COR: _("T2w coronal"),
        Role.ADC: _("ADC"),
        Role.HBV: _("high b"),
        Role.DWI: _("DWI"),
        Role.DCE: _("DCE"),
        Role.OTHER: _("other"),
    }[role]


def series_words(series: Iterable[Series]) -> str:
    """The series of a case in a few words: each role once, high b with its b-value, DCE with its time points."""
    found = list(series)
    told = []
    for role in Role:
        of_role = [one for one in found if one.role is role]
        if not of_role or role is Role.OTHER:
            continue
        b_values = sorted({int(one.b_value) for one in of_role if one.b_value is not None})
        if role in (Role.HBV, Role.DWI) and b_values:
            told.append(f"{role_words(role)} {'/'.join(str(value) for value in b_values)}")
        elif role is Role.DCE:
            told.append(_("DCE × {count}").format(count=len(of_role)))
        else:
            told.append(role_words(role))
    return ", ".join(told) or _("no known series")


def duration_words(seconds: float) -> str:
    """A time to wait or that was worked, rounded the way people say it."""
    if seconds < 60:
        return _("{seconds} s").format(seconds=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)


def clock_words(seconds: float) -> str:
    """Minutes and seconds, as a stopwatch shows them."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def number_words(value: float | None, digits: int = 2) -> str:
    """A measured number; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"
