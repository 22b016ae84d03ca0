"""From image files matched by name to exams; masks may lie in another folder tree and join by the case's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..common.errors import ErrorCode, UserError
from . import messages
from .found import FoundCase, FoundMask, FoundSeries, ImportMessage
from .integrity import require_whole_nrrd
from .name_patterns import NamedFile, NamePatterns, match
from .preference import in_order, with_high_b
from .reading import read_image
from .roles import Role
from .survey import is_simulated, marked_patient
from .volume_header import image_size, image_suffix

SINGLE_VOLUME = (Role.T2W, Role.T2W_SAG, Role.T2W_COR, Role.ADC)
"""Roles of which an exam's folder holds one file; a second one would leave open which is meant."""


@dataclass
class _Exam:
    folder: Path
    case: str
    patient: str
    series: list[FoundSeries] = field(default_factory=list)
    masks: list[FoundMask] = field(default_factory=list)


def cases_of(
    paths: Sequence[Path], root: Path, patterns: NamePatterns, done: Callable[[], None] = lambda: None
) -> tuple[list[FoundCase], list[ImportMessage]]:
    """The exams among volume files below `root`.

    Args:
        paths: files with a suffix of a volume.
        root: the scanned folder.
        patterns: the name rules.
        done: called once a file.
    """
    told: list[ImportMessage] = []
    exams: dict[tuple[Path, str], _Exam] = {}
    masks: list[tuple[NamedFile, str]] = []
    for path in paths:
        done()
        named = match(path, root, patterns)
        if named is None:
            told.append(_unknown_name(path))
        elif named.kind.task is not None:
            masks.append((named, named.kind.task))
        else:
            # Made for every image, readable or not, so that a mask never joins another exam of the same name.
            exam = exams.setdefault((named.folder, named.case), _Exam(named.folder, named.case, named.patient))
            try:
                exam.series += _series_of(named, told)
            except UserError as failure:
                told.append(messages.from_user_error(path, failure))
    by_case: dict[str, list[_Exam]] = defaultdict(list)
    for exam in exams.values():
        by_case[exam.case].append(exam)
    for named, task in masks:
        _join(named, task, exams, by_case, told)
    cases = []
    for exam in exams.values():
        if exam.series:
            cases.append(_case(exam, root, alone=len(by_case[exam.case]) == 1, told=told))
    return cases, told


def _series_of(named: NamedFile, told: list[ImportMessage]) -> list[FoundSeries]:
    size, components = image_size(named.path)
    frames = components if components > 1 else size[3] if len(size) == 4 else 1
    b_values = _b_values_beside(named.path)
    if frames > 1:
        if named.kind.role is Role.DCE:
            return [_one(named, named.kind.role, f"_{i + 1:02d}", frame=i, time_index=i) for i in range(frames)]
        if named.kind.role in (Role.DWI, Role.HBV) and b_values:
            return _frames_by_b(named, b_values, frames, told)
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"{named.path.name} was left out.",
            why=f"It holds {frames} volumes, and nothing tells what each of them is.",
            next="Put a .bval file with the b-value of each volume beside it, or save each volume as a file.",
        )
    _require_readable(named.path)
    b_value = named.kind.b_value if named.kind.b_value is not None else b_values[0] if len(b_values) == 1 else None
    if named.kind.role is Role.DWI and b_value is None:
        told.append(
            messages.warning(
                named.path,
                ErrorCode.MISSING_SERIES,
                f"The b-value of {named.path.name} is not known.",
                "Neither its name nor a .bval file beside it tells.",
                "Name it after its b-value, such as b800, or hbv if it is the high b-value.",
            )
        )
    return [_one(named, named.kind.role, "", b_value=b_value)]


def _require_readable(path: Path, *, frame: int | None = None) -> None:
    """Read the volume once, so that nothing is offered for import that cannot be read then."""
    if image_suffix(path) == ".nrrd":
        require_whole_nrrd(path)
    read_image(path, frame=frame)


def _one(
    named: NamedFile,
    role: Role,
    suffix: str,
    *,
    frame: int | None = None,
    b_value: float | None = None,
    time_index: int | None = None,
) -> FoundSeries:
    return FoundSeries(
        role=role,
        paths=(named.path,),
        name=f"{named.stem}{suffix}",
        frame=frame,
        b_value=b_value,
        calculated=named.kind.calculated,
        time_index=time_index,
    )


def _frames_by_b(
    named: NamedFile, b_values: Sequence[float], frames: int, told: list[ImportMessage]
) -> list[FoundSeries]:
    if len(b_values) != frames:
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"{named.path.name} was left out.",
            why=f"It holds {frames} volumes, but its .bval file has {len(b_values)} b-values.",
            next="Correct the .bval file: one b-value for each volume.",
        )
    _require_readable(named.path, frame=0)
    series = []
    for b_value in sorted(set(b_values)):
        places = [i for i, b in enumerate(b_values) if b == b_value]
        if len(places) > 1 and b_value > 0:
            told.append(
                messages.warning(
                    named.path,
                    ErrorCode.MISSING_SERIES,
                    f"The volumes at b {b_value:g} in {named.path.name} were left out.",
                    f"There are {len(places)} of them, so they are single gradient directions or averages.",
                    "Save one trace image for each b-value.",
                )
            )
            continue
        series.append(_one(named, Role.DWI, f"_b{b_value:g}", frame=places[0], b_value=b_value))
    return series


def _b_values_beside(path: Path) -> list[float]:
    """The b-values of the .bval file beside a volume (FSL's text format), or none."""
    beside = path.with_name(path.name[: -len(image_suffix(path) or path.suffix)] + ".bval")
    if not beside.is_file():
        return []
    try:
        values = [float(word) for word in beside.read_text(encoding="utf-8")[:20000].split()]
    except (OSError, ValueError) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path.name} was left out.",
            why=f"The b-values in {beside.name} beside it cannot be read: {error}.",
            next="Correct the .bval file: numbers with spaces between them.",
        ) from error
    return [value for value in values if 0 <= value < 1e5]


def _join(
    named: NamedFile,
    task: str,
    exams: dict[tuple[Path, str], _Exam],
    by_case: dict[str, list[_Exam]],
    told: list[ImportMessage],
) -> None:
    """Give a mask to the exam in its own folder, else to the only exam of the same name."""
    own = exams.get((named.folder, named.case))
    others = [exam for exam in by_case.get(named.case, []) if exam.series]
    exam = own if own is not None else others[0] if len(others) == 1 else None
    if exam is None:
        told.append(
            messages.warning(
                named.path,
                ErrorCode.NO_LABEL,
                f"The segmentation {named.path.name} was left out.",
                f"{len(others) or 'No'} {'exams are' if len(others) > 1 else 'exam is'} named {named.case}.",
                "Put it into the folder of its exam, or into one of the same name.",
            )
        )
        return
    try:
        _require_labels(named.path)
    except UserError as failure:
        told.append(messages.from_user_error(named.path, failure))
        return
    source = named.stem or named.folder.name
    exam.masks.append(FoundMask(task=task, path=named.path, source=source))


def _require_labels(path: Path) -> None:
    values = sitk.GetArrayFromImage(read_image(path))
    whole = np.issubdtype(values.dtype, np.integer) or bool((values == np.rint(values)).all())
    if not whole or values.min() < 0 or values.max() > 255:
        raise UserError(
            ErrorCode.BAD_LABEL,
            what=f"The segmentation {path.name} was left out.",
            why="Its voxels are not whole numbers from 0 to 255.",
            next="Save it as a label map, where each structure has a number.",
        )


def _case(exam: _Exam, root: Path, *, alone: bool, told: list[ImportMessage]) -> FoundCase:
    if not alone:
        told.append(
            messages.warning(
                root / exam.folder,
                ErrorCode.CONFLICT,
                f"Several folders named {exam.case} hold images.",
                "They may be of different exams, so their images are not mixed.",
                "They became separate cases of one patient; rename the folders if they are of different patients.",
            )
        )
    patient = exam.patient
    try:
        patient = marked_patient(root / exam.folder) or patient
    except UserError as failure:
        told.append(messages.from_user_error(root / exam.folder, failure))
    return FoundCase(
        patient=patient,
        exam=exam.case if alone else exam.folder.as_posix(),
        name=exam.case if alone else f"{exam.folder.parent.name or root.name}-{exam.case}",
        series=in_order(with_high_b(_one_each(exam, told))),
        masks=tuple(sorted(exam.masks, key=lambda mask: (mask.task, mask.source, str(mask.path)))),
        simulated=is_simulated(root / exam.folder) or exam.case.lower().startswith("simulated"),
    )


def _one_each(exam: _Exam, told: list[ImportMessage]) -> list[FoundSeries]:
    """Of two files for one role the first by name stays, as with t2w.nrrd beside t2w.nii.gz."""
    kept: dict[tuple[object, ...], FoundSeries] = {}
    for series in exam.series:
        key: tuple[object, ...] = (series.role,) if series.role in SINGLE_VOLUME else (series.role, series.name)
        first = kept.setdefault(key, series)
        if first is not series:
            told.append(
                messages.warning(
                    series.paths[0],
                    ErrorCode.CONFLICT,
                    f"{series.paths[0].name} was left out.",
                    f"The exam already has {first.paths[0].name} as its {series.role.value} series.",
                    "Leave the one that is meant in the folder, and move the other one away.",
                )
            )
    return list(kept.values())


def _unknown_name(path: Path) -> ImportMessage:
    return messages.warning(
        path,
        ErrorCode.NOT_AN_EXAM,
        f"{path.name} was left out.",
        "No name pattern tells which series it is.",
        "Rename it, for example t2w, adc, hbv or b800, or add its name to the name patterns.",
    )
