"""From DICOM slices to exams: roles, time points, order, names; and what could not be used."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ..common.errors import ErrorCode, UserError
from . import messages
from .by_headers import RoleRule, facts_of, is_calculated, rule_for
from .dicom_files import DAMAGED, quietly, read_header
from .dynamic import TimePoint, time_points
from .found import FoundCase, FoundSeries, ImportMessage
from .headers import Slice
from .pixels import volume_of
from .preference import adc_rank, in_order, t2w_rank, with_high_b
from .roles import Role
from .stacks import Stack, sort_slices
from .survey import is_simulated
from .technical import identity_words, technical_headers, without_identity


@dataclass(frozen=True, kw_only=True)
class _Sorted:
    stack: Stack
    role: Role
    rule: RoleRule
    calculated: bool | None = None
    source_b_values: tuple[float, ...] = ()
    time: TimePoint | None = None


def cases_of(slices: Iterable[Slice]) -> tuple[list[FoundCase], list[ImportMessage]]:
    """The exams among slices of any number of patients and studies, and what to tell about them."""
    slices = list(slices)
    told = _mixed_patients(slices)
    exams: dict[tuple[str, str], list[Slice]] = defaultdict(list)
    for one in slices:
        exams[patient_key(one), one.study].append(one)
    cases = []
    for (patient, study), members in sorted(exams.items(), key=lambda item: (item[0][0], item[1][0].study_date)):
        volumes = sort_slices(members)
        told += volumes.messages
        unique = _without_duplicates([s for s in volumes.stacks if _decodes(s, told)], told)
        series = _series(_with_roles(unique, told))
        if all(s.role is Role.OTHER for s in series):
            told.append(
                messages.error(
                    members[0].path.parent,
                    ErrorCode.NOT_AN_EXAM,
                    f"The study in {members[0].path.parent.name} was not imported.",
                    "None of its series is a usable T2w, diffusion, ADC or dynamic series of the prostate."
                    if series
                    else "None of its series could be used.",
                    "Check that the right study was exported, with all of its series.",
                )
            )
            continue
        cases.append(
            FoundCase(patient=patient, exam=study, name=patient, series=series, simulated=_simulated(members))
        )
    return cases, told


def patient_key(one: Slice) -> str:
    """What tells patients apart without saying who they are.

    The patient identifier itself when the file states that identity was removed from it; else a pseudonym derived
    from the identifier, the same for every exam of the patient. It keeps names and numbers out of lists, logs and
    exports; it is no protection against someone who can guess identifiers.
    """
    if one.deidentified and one.patient.strip():
        return one.patient.strip()
    source = one.patient.strip() or one.study
    return f"Patient-{hashlib.sha256(source.encode()).hexdigest()[:8]}"


def _with_roles(stacks: Sequence[Stack], told: list[ImportMessage]) -> list[_Sorted]:
    by_series: dict[str, list[Stack]] = defaultdict(list)
    for stack in stacks:
        by_series[stack.head.series].append(stack)
    chosen: list[_Sorted] = []
    for stack in stacks:
        facts = facts_of(stack, by_series[stack.head.series])
        rule = rule_for(facts)
        calculated = is_calculated(stack) if rule.role is Role.DWI else None
        chosen.append(_Sorted(stack=stack, role=rule.role, rule=rule, calculated=calculated))
    for name in ("one gradient direction", "diffusion without b-value"):
        told += _not_usable([c for c in chosen if c.rule.name == name])
    kept = [c for c in chosen if c.rule.name != "one gradient direction"]
    return _with_sources(_with_times(kept))


def _with_times(chosen: list[_Sorted]) -> list[_Sorted]:
    points = {id(p.stack): p for p in time_points([c.stack for c in chosen if c.role is Role.DCE])}
    return [
        c
        if c.role is not Role.DCE
        else replace(c, time=points[id(c.stack)])
        if id(c.stack) in points
        else replace(c, role=Role.OTHER)
        for c in chosen
    ]


def _with_sources(chosen: list[_Sorted]) -> list[_Sorted]:
    """Add to each ADC map the b-values it was computed from: acquired ones of the same echo time and grid."""
    acquired = [c.stack for c in chosen if c.role is Role.DWI and not c.calculated]
    return [replace(c, source_b_values=_sources(c.stack, acquired)) if c.role is Role.ADC else c for c in chosen]


def _sources(adc: Stack, acquired: Sequence[Stack]) -> tuple[float, ...]:
    head, stated = adc.head, adc.head.diffusion.source_b_values
    found = {
        s.head.diffusion.b_value or 0.0
        for s in acquired
        if (s.head.echo_time_ms, s.head.repetition_time_ms) == (head.echo_time_ms, head.repetition_time_ms)
        and (s.head.rows, s.head.columns) == (head.rows, head.columns)
    }
    if stated:
        found = {b for b in found if min(stated) <= b <= max(stated)} | set(stated)
    return tuple(sorted(found))


def _series(chosen: Sequence[_Sorted]) -> tuple[FoundSeries, ...]:
    ranked = sorted(chosen, key=_rank)
    ordered = in_order(with_high_b([_found(c) for c in ranked]))
    return _with_names(_with_temporal_resolution(ordered))


def _rank(c: _Sorted) -> tuple[float, ...]:
    if c.role in (Role.T2W, Role.T2W_SAG, Role.T2W_COR):
        return t2w_rank(c.stack)
    if c.role is Role.ADC:
        return adc_rank(c.stack, c.source_b_values)
    return (float(c.stack.head.series_number or 0),)


def _found(c: _Sorted) -> FoundSeries:
    head = c.stack.head
    headers, label = _headers(c)
    frames = tuple(s.frame for s in c.stack.slices if s.frame is not None)
    return FoundSeries(
        role=c.role,
        paths=tuple(s.path for s in c.stack.slices),
        name=label,
        frames=frames or None,
        b_value=head.diffusion.b_value if c.role is Role.DWI else None,
        calculated=c.calculated,
        time_index=c.time.index if c.time else None,
        time_s=c.time.time_s if c.time else None,
        series_uid=head.series,
        headers=headers,
    )


def _headers(c: _Sorted) -> tuple[dict[str, object], str]:
    """Technical headers of the middle slice, and a description free of identity for naming the series."""
    middle = c.stack.slices[len(c.stack.slices) // 2]
    try:
        with quietly():
            dataset = read_header(middle.path)
            headers = technical_headers(dataset, b_values=c.source_b_values)
            label = without_identity(middle.description, identity_words(dataset)) or ""
    except DAMAGED:
        headers, label = {}, ""
    if c.stack.slices[1:]:
        # The measured distance, because the header's is often absent (3D) or rounded.
        headers["SpacingBetweenSlices"] = round(c.stack.geometry.spacing_mm[2], 4)
    return headers, label


def _with_temporal_resolution(series: Sequence[FoundSeries]) -> list[FoundSeries]:
    """State the temporal resolution (ms) of a dynamic series by its own times where the header does not."""
    times = sorted(s.time_s for s in series if s.role is Role.DCE and s.time_s is not None)
    steps = sorted(b - a for a, b in pairwise(times))
    if not steps:
        return list(series)
    typical_ms = round(steps[len(steps) // 2] * 1000, 3)
    return [
        replace(s, headers={"TemporalResolution": typical_ms, **s.headers}) if s.role is Role.DCE else s
        for s in series
    ]


def _with_names(series: Sequence[FoundSeries]) -> tuple[FoundSeries, ...]:
    """Short names, unique within the case, made of role and b-value or time; no file or patient name in them."""
    taken: dict[str, int] = defaultdict(int)
    named = []
    for one in series:
        base = _base_name(one)
        taken[base] += 1
        named.append(replace(one, name=base if taken[base] == 1 else f"{base}_{taken[base]}"))
    return tuple(named)


def _base_name(one: FoundSeries) -> str:
    if one.role in (Role.DWI, Role.HBV):
        return f"{one.role.value}_b{one.b_value or 0:g}{'_calculated' if one.calculated else ''}"
    if one.role is Role.DCE:
        return f"dce_{(one.time_index or 0) + 1:02d}"
    if one.role is Role.OTHER:
        slug = re.sub(r"[^a-z0-9]+", "_", one.name.lower()).strip("_")[:40]
        return f"other_{slug}" if slug else "other"
    return one.role.value


def _without_duplicates(stacks: Sequence[Stack], told: list[ImportMessage]) -> list[Stack]:
    """Each volume once, when the same images were stored again under new identifiers."""
    kept: dict[tuple[object, ...], list[tuple[Stack, str | None]]] = defaultdict(list)
    result: list[Stack] = []
    for stack in sorted(stacks, key=lambda s: (str(s.head.path), s.head.instance)):
        head, grid = stack.head, stack.geometry
        alike = kept[
            grid.size, grid.spacing_mm, grid.origin_mm, head.image_type, head.diffusion, head.echo_time_ms,
            tuple(s.acquisition_time_s for s in stack.slices), head.temporal_index,
        ]  # fmt: skip
        if alike and stack.acquired_s is not None:
            digest = _digest(stack)
            alike[:] = [(other, known or _digest(other)) for other, known in alike]
            twin = next((other for other, known in alike if known == digest and digest), None)
            if twin is not None:
                told.append(_duplicate(stack, twin))
                place = result.index(twin)
                result[place] = replace(twin, repeats=max(twin.repeats - 1, 1))
                alike[:] = [(result[place] if other is twin else other, known) for other, known in alike]
                continue
        alike.append((stack, None))
        result.append(stack)
    return result


def _decodes(stack: Stack, told: list[ImportMessage]) -> bool:
    """Whether compressed pixels can be decoded; of plain ones the headers tell."""
    if not stack.head.compressed:
        return True
    try:
        volume_of(stack.slices)
    except UserError as failure:
        told.append(messages.from_user_error(stack.folder, failure))
        return False
    return True


def _digest(stack: Stack) -> str:
    try:
        return hashlib.sha256(volume_of(stack.slices).tobytes()).hexdigest()
    except UserError:
        return ""


def _mixed_patients(slices: Sequence[Slice]) -> list[ImportMessage]:
    patients: dict[Path, set[str]] = defaultdict(set)
    for one in slices:
        patients[one.path.parent].add(one.patient)
    return [
        messages.warning(
            folder,
            ErrorCode.CONFLICT,
            f"The folder {folder.name} holds exams of {len(found)} patients.",
            "Its files carry different patient identifiers.",
            "They became separate cases; check that no file was put into the wrong folder.",
        )
        for folder, found in sorted(patients.items())
        if len(found) > 1
    ]


def _not_usable(chosen: Sequence[_Sorted]) -> list[ImportMessage]:
    """One message a series, however many of its volumes it is about."""
    by_series: dict[str, list[_Sorted]] = defaultdict(list)
    for one in chosen:
        by_series[one.stack.head.series].append(one)
    told = []
    for same in by_series.values():
        stack, rule = same[0].stack, same[0].rule
        b_values = sorted({b for c in same if (b := c.stack.head.diffusion.b_value) is not None})
        part = f" at b {', '.join(f'{b:g}' for b in b_values)}" if b_values else ""
        told.append(
            messages.warning(
                stack.folder,
                ErrorCode.MISSING_SERIES,
                f"The diffusion series {stack.name}{part} is not used.",
                f"As far as its headers tell, {rule.why}.",
                "Export the trace images with their b-values if the exam has no others.",
            )
        )
    return told


def _duplicate(stack: Stack, twin: Stack) -> ImportMessage:
    return messages.warning(
        stack.folder,
        ErrorCode.CONFLICT,
        f"The series {stack.name} was left out.",
        f"It is a copy of the series {twin.name} in {twin.folder.name}.",
        "Nothing needs to be done; one of the two was imported.",
    )


def _simulated(members: Sequence[Slice]) -> bool:
    return any(is_simulated(folder) for folder in {one.path.parent for one in members})
