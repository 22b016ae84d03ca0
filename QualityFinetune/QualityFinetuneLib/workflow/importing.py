"""Import a folder of exams into a study: each exam wholly or not at all, and a message for whatever was left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..cases.found import FoundCase, FoundSeries, ImportMessage, ScanResult, Severity
from ..cases.name_patterns import NamePatterns
from ..cases.reading import read_series, write_image
from ..cases.roles import Role
from ..cases.scan import scan
from ..common.errors import ErrorCode, UserError
from ..study.records import Case, NewSeries
from ..study.slugs import unused
from ..study.study import Study
from .importing_masks import ReadMask, add_masks, read_masks, several
from .mask_choice import least_preferred_first, mask_choices

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did.

    Attributes:
        added: the new cases.
        already: cases of the study that the folder holds too; they were left as they are.
        masks: how many masks were added with the new cases.
        messages: one for each file or exam that was left out or needs attention.
    """

    added: tuple[Case, ...]
    already: tuple[Case, ...]
    masks: int
    messages: tuple[ImportMessage, ...]

    @property
    def errors(self) -> tuple[ImportMessage, ...]:
        """The messages that tell of something left out."""
        return tuple(message for message in self.messages if message.severity is Severity.ERROR)


def import_folder(
    study: Study,
    folder: Path,
    *,
    patterns: NamePatterns | None = None,
    prefer: Sequence[str] = (),
    progress: Progress | None = None,
) -> ImportReport:
    """Find the exams in `folder` and import them, see `import_found`.

    Args:
        study: receives the cases.
        folder: DICOM files, or NIfTI, NRRD or MHA files named as the patterns say.
        patterns: how file names tell roles; None takes the packaged ones.
        prefer: which of several masks of one task counts, see `import_found`.
        progress: told (done, total) files while looking through the folder, then exams while copying them.

    Raises:
        UserError: when the folder cannot be read or the disk is full.
    """
    return import_found(study, scan(folder, patterns=patterns, progress=progress), prefer=prefer, progress=progress)


def import_found(
    study: Study, result: ScanResult, *, prefer: Sequence[str] = (), progress: Progress | None = None
) -> ImportReport:
    """Copy what a scan found into the study as NRRD with its physical geometry.

    Masks found beside the images become imported annotations. An exam that fails is left out as a whole.

    Args:
        study: receives the cases.
        result: of `cases.scan.scan`.
        prefer: parts of the names of masks, or patterns, the most wanted first: where an exam has several masks of
            one task, that one is trained on and compared with; see `workflow.mask_choice` for what counts otherwise.
        progress: told (done, total) exams.

    Raises:
        UserError: when the disk is full.
    """
    added: list[Case] = []
    already: list[Case] = []
    messages = list(result.messages)
    with_masks: list[tuple[FoundCase, Sequence[ReadMask]]] = []
    choices = mask_choices(result.cases)
    for index, found in enumerate(result.cases):
        if case := study.cases.find(patient=found.patient, exam=found.exam):
            already.append(case)
            messages.append(_already(found, study.display_name(case)))
        else:
            found = replace(found, masks=tuple(least_preferred_first(found.masks, choices, prefer)))
            try:
                case, masks, warnings = _import_case(study, found)
            except UserError as error:
                if error.code is ErrorCode.DISK_FULL:
                    raise
                messages.append(_left_out(found, error))
            else:
                added.append(case)
                with_masks.append((found, masks))
                messages.extend(warnings)
        if progress:
            progress(index + 1, len(result.cases))
    return ImportReport(
        added=tuple(added),
        already=tuple(already),
        masks=sum(len(masks) for _, masks in with_masks),
        messages=(*messages, *several(with_masks)),
    )


def _import_case(study: Study, found: FoundCase) -> tuple[Case, list[ReadMask], list[ImportMessage]]:
    folder = study.paths.new_case(found.name)
    try:
        series = [_copy(study, folder, one) for one in found.series]
        t2w = next((one.path for one in series if one.role is Role.T2W), None)
        masks, messages = read_masks(study, found, t2w)
        taken = {case.name.casefold() for case in study.cases.all()}
        case = study.cases.add(
            patient=found.patient,
            exam=found.exam,
            name=unused(found.name, taken),
            series=series,
            simulated=found.simulated,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    add_masks(study, case, masks)
    return case, masks, messages


def _copy(study: Study, folder: Path, found: FoundSeries) -> NewSeries:
    path = study.paths.series(folder, _file_name(found))
    image = read_series(found)
    for key in image.GetMetaDataKeys():  # headers may name the patient; what is wanted of them is in found.headers
        image.EraseMetaData(key)
    write_image(image, path)
    return NewSeries(
        role=found.role,
        name=found.name,
        path=path,
        b_value=found.b_value,
        calculated=found.calculated,
        time_index=found.time_index,
        time_s=found.time_s,
        headers=dict(found.headers),
    )


def _file_name(found: FoundSeries) -> str:
    parts = [found.role.value]
    if found.b_value is not None:
        parts.append(f"b{found.b_value:g}")
    if found.time_index is not None:
        parts.append(f"{found.time_index:03d}")
    return "-".join(parts)


def _already(found: FoundCase, name: str) -> ImportMessage:
    return ImportMessage(
        path=_place(found),
        severity=Severity.WARNING,
        code=ErrorCode.CONFLICT,
        what=f"The exam {found.name} was not imported again.",
        why=f"The study holds it already as {name}.",
        next="Nothing has to be done.",
    )


def _left_out(found: FoundCase, error: UserError) -> ImportMessage:
    return ImportMessage(
        path=_place(found),
        severity=Severity.ERROR,
        code=error.code,
        what=f"The exam {found.name} was left out: {error.what}",
        why=error.why,
        next=error.next,
    )


def _place(found: FoundCase) -> Path:
    paths = [path for series in found.series for path in series.paths]
    return paths[0].parent if paths else Path()
