"""Find every exam in a folder: DICOM by headers, other files by name; one message for each thing that went wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ..common.errors import ErrorCode, UserError
from . import dicom, messages, named_files
from .found import FoundCase, ImportMessage, ScanResult
from .headers import Refusal, Slice, read_slices
from .name_patterns import NamePatterns, load_patterns
from .roles import Role
from .survey import survey

Progress = Callable[[int, int], None]
"""Called with (done, total) files."""


def scan(folder: Path, *, patterns: NamePatterns | None = None, progress: Progress | None = None) -> ScanResult:
    """All exams below `folder`, and what to tell about the rest. Reads only; registers, copies and unpacks nothing.

    Whatever the files hold, the result is complete exams and messages, never an exception.

    Args:
        folder: the folder to look through, with everything below it.
        patterns: names of image files; the packaged ones by default.
        progress: called as files are looked at.

    Raises:
        UserError: NOT_FOUND when `folder` is no folder; BAD_CONFIG when the packaged patterns are damaged.
    """
    if not folder.is_dir():
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"{folder} cannot be imported.",
            why="It is a file, not a folder." if folder.exists() else "There is no such folder.",
            next="Choose the folder that holds the exams.",
        )
    patterns = patterns or load_patterns()
    files = survey(folder)
    total, looked_at = len(files.dicom) + len(files.volumes), 0

    def done() -> None:
        nonlocal looked_at
        looked_at += 1
        if progress is not None:
            progress(looked_at, total)

    slices: list[Slice] = []
    refusals: list[Refusal] = []
    for path in files.dicom:
        found = read_slices(path)
        if isinstance(found, Refusal):
            refusals.append(found)
        else:
            slices += found
        done()
    by_header, from_dicom = dicom.cases_of(slices)
    by_name, from_files = named_files.cases_of(files.volumes, folder, patterns, done)
    cases = _with_unique_names([*by_name, *by_header])
    told = [*files.messages, *_told(refusals), *from_dicom, *from_files]
    told += [_without_t2w(case) for case in cases if case.first(Role.T2W) is None]
    if not cases and not told:
        told.append(_nothing(folder))
    return ScanResult(cases=tuple(cases), messages=tuple(told))


def _with_unique_names(cases: Iterable[FoundCase]) -> list[FoundCase]:
    taken: dict[str, int] = defaultdict(int)
    named = []
    for case in sorted(cases, key=lambda c: c.name.lower()):
        taken[case.name.lower()] += 1
        turn = taken[case.name.lower()]
        named.append(case if turn == 1 else replace(case, name=f"{case.name}-{turn}"))
    return named


def _told(refusals: Iterable[Refusal]) -> list[ImportMessage]:
    """One message for each damaged file; files that rightly are no MR images are counted by folder and reason."""
    told = []
    alike: dict[tuple[Path, str], list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        if refusal.quiet:
            continue
        if refusal.code is ErrorCode.NOT_AN_EXAM:
            alike[refusal.path.parent, refusal.why].append(refusal)
        else:
            told.append(messages.error(refusal.path, refusal.code, refusal.what, refusal.why, refusal.next))
    for same in alike.values():
        first = same[0]
        what = first.what if len(same) == 1 else f"{first.path.name} and {len(same) - 1} more files were left out."
        told.append(messages.warning(first.path, first.code, what, first.why, first.next))
    return told


def _without_t2w(case: FoundCase) -> ImportMessage:
    return messages.warning(
        case.series[0].paths[0].parent,
        ErrorCode.MISSING_SERIES,
        f"The case {case.name} has no axial T2w series.",
        "None was found, or the one found could not be used.",
        "It can be rated, but not outlined or used for finetuning.",
    )


def _nothing(folder: Path) -> ImportMessage:
    return messages.error(
        folder,
        ErrorCode.NOT_AN_EXAM,
        f"There is no exam in {folder.name}.",
        "It holds no DICOM, NIfTI, NRRD or MetaImage file.",
        "Choose the folder that holds the exams.",
    )
