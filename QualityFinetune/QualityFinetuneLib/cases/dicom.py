"""From DICOM slices to exams: roles, time points, order, names; and what could not be used."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..common.errors import ErrorCode
from . import messages
from .by_headers import facts_of, is_calculated, rule_for
from .dicom_series import SortedStack, found_series
from .duplicates import decodable, without_duplicates
from .dynamic import strays, time_points
from .found import FoundCase, ImportMessage
from .headers import Slice
from .roles import Role
from .stacks import Stack, sort_slices
from .survey import is_simulated


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
        unique = without_duplicates(decodable(volumes.stacks, told), told)
        series = found_series(_with_roles(unique, told))
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


def _with_roles(stacks: Sequence[Stack], told: list[ImportMessage]) -> list[SortedStack]:
    by_series: dict[str, list[Stack]] = defaultdict(list)
    for stack in stacks:
        by_series[stack.head.series].append(stack)
    chosen: list[SortedStack] = []
    for stack in stacks:
        facts = facts_of(stack, by_series[stack.head.series])
        rule = rule_for(facts)
        calculated = is_calculated(stack) if rule.role is Role.DWI else None
        chosen.append(SortedStack(stack=stack, role=rule.role, rule=rule, calculated=calculated))
    for name in ("one gradient direction", "diffusion without b-value"):
        told += _not_usable([c for c in chosen if c.rule.name == name])
    kept = [c for c in chosen if c.rule.name != "one gradient direction"]
    return _with_sources(_with_times(kept, told))


def _with_times(chosen: list[SortedStack], told: list[ImportMessage]) -> list[SortedStack]:
    candidates = [c.stack for c in chosen if c.role is Role.DCE]
    found = time_points(candidates)
    told += [_lost_time_point(stack, found[0].stack) for stack in strays(candidates, found)]
    points = {id(point.stack): point for point in found}
    timed = []
    for c in chosen:
        if c.role is not Role.DCE:
            timed.append(c)
        elif id(c.stack) in points:
            timed.append(replace(c, time=points[id(c.stack)]))
        else:
            timed.append(replace(c, role=Role.OTHER))
    return timed


def _with_sources(chosen: list[SortedStack]) -> list[SortedStack]:
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


def _not_usable(chosen: Sequence[SortedStack]) -> list[ImportMessage]:
    """One message a series, however many of its volumes it is about."""
    by_series: dict[str, list[SortedStack]] = defaultdict(list)
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


def _lost_time_point(stack: Stack, other: Stack) -> ImportMessage:
    return messages.error(
        stack.folder,
        ErrorCode.BAD_GEOMETRY,
        f"A time point of the dynamic series was left out: {stack.name}.",
        f"It has {len(stack.slices)} slices on its grid, the other time points have {len(other.slices)}."
        if len(stack.slices) != len(other.slices)
        else "It does not lie on the grid of the other time points.",
        "Send the series again with all of its slices.",
    )


def _simulated(members: Sequence[Slice]) -> bool:
    return any(is_simulated(folder) for folder in {one.path.parent for one in members})
