"""Export what was read and decided as DICOM Structured Reports."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset

from ..cases.roles import Role
from ..common.errors import UserError
from ..quality.form import Form, load_form
from ..quality.structured_report.content import Number, ReportContent
from ..quality.structured_report.evidence import Evidence, find_images, is_uid
from ..quality.structured_report.writing import NAMESPACE, write_report
from ..study.blinding import Blinding, label_of
from ..study.records import Adjudication, Case, Reading
from ..study.slugs import slug
from ..study.study import Study

Progress = Callable[[int, int], None]
MeasuredCases = Mapping[int, Mapping[str, Number]]


@dataclass(frozen=True, kw_only=True)
class WrittenReport:
    """One file.

    Attributes:
        images: how many images it refers to; 0 where the originals were not given, are of another exam, or the
            report is blinded.
    """

    path: Path
    case: str
    kind: str
    images: int


def export_reports(
    study: Study,
    folder: Path,
    *,
    dicom: Path | None = None,
    blinded: bool | None = None,
    measures: MeasuredCases | None = None,
    progress: Progress | None = None,
) -> list[WrittenReport]:
    """Write a report for every reading and repeat that stands, and for every adjudication, into `folder`.

    A blinded report names no patient, has an exam UID that nobody can work out (one for each case and export), and
    refers to no image, because an image's UID leads to the patient in any archive that holds it.

    Args:
        study: what was read.
        folder: receives `<case>/<reading or adjudication>-<id>.dcm`.
        dicom: original DICOM files to refer to; exams are found by their StudyInstanceUID, and of each exam the
            series that were imported. None refers to no image.
        blinded: None takes the study's setting.
        measures: measured numbers by case id and name, written into the reports of the case.
        progress: told (done, total) files while looking through `dicom`.
    """
    hide = study.settings.blinded if blinded is None else blinded
    cases = {case.id: case for case in study.cases.all()}
    images: dict[str, list[Dataset]] = {}
    if dicom is not None and not hide:
        wanted = {case.exam for case in cases.values() if is_uid(case.exam)}
        images = find_images(dicom, wanted, progress=progress)
    blinding = Blinding(study, blinded=hide)
    names = {reader.id: reader.name for reader in study.readers.all()}
    forms = _Forms(study)
    hidden_exams = {case_id: f"2.25.{uuid.uuid4().int}" for case_id in cases}
    written = []
    records: list[Reading | Adjudication] = [
        *study.readings.all_latest(repeats=True),
        *study.adjudications.all_current(),
    ]
    for record in records:
        case = cases[record.case_id]
        if hide:
            evidence = Evidence.unknown(patient_id=label_of(case, blinded=True), study_uid=hidden_exams[case.id])
        else:
            evidence = _evidence(study, case, images.get(case.exam))
        content = _content(record, names[record.reader_id], (measures or {}).get(case.id, {}), blinding)
        path = folder / _folder(case, blinded=hide) / f"{content.kind}-{record.id}.dcm"
        write_report(path, content, forms.of(record), evidence=evidence, blinded=hide)
        written.append(
            WrittenReport(
                path=path, case=label_of(case, blinded=hide), kind=content.kind, images=len(evidence.images)
            )
        )
    return written


def _evidence(study: Study, case: Case, images: Sequence[Dataset] | None) -> Evidence:
    if images:
        roles: dict[int, Role] = {}
        for series in study.cases.series(case.id):
            number = series.headers.get("SeriesNumber")
            if number is not None:
                roles[int(number)] = series.role
        return Evidence.of_images(list(images), roles=roles)
    # A plain file's exam is a folder name; its UID is made from it, so that all reports of the exam share it.
    exam = case.exam if is_uid(case.exam) else f"2.25.{uuid.uuid5(NAMESPACE, f'{case.patient} {case.exam}').int}"
    return Evidence.unknown(patient_id=case.patient, study_uid=exam)


def _content(
    record: Reading | Adjudication, reader: str, measures: Mapping[str, Number], blinding: Blinding
) -> ReportContent:
    content = ReportContent(
        kind="reading",
        form=record.form,
        form_version=record.form_version,
        protocol=record.protocol,
        reader=reader,
        answers={item: value for item, value in record.values.items() if value is not None},
        scores={name: value for name, value in record.scores.items() if value is not None},
        finished=_whole_seconds(record.finished if isinstance(record, Reading) else record.decided),
        sha256=record.sha256,
        measures=measures,
    )
    if isinstance(record, Adjudication):
        return replace(content, kind="adjudication", note=blinding.text(record.note))
    found = {item: str(finding.get("found", "")) for item, finding in record.technical.get("found", {}).items()}
    return replace(content, repeat=record.repeat, found=found)


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _folder(case: Case, *, blinded: bool) -> str:
    return slug(label_of(case, blinded=True)) if blinded else case.slug


class _Forms:
    """The wording of each record's form: the study's own, or the packaged one of that name."""

    def __init__(self, study: Study) -> None:
        form = load_form(study.settings.form)
        self._known: dict[str, Form | None] = {form.name: form}

    def of(self, record: Reading | Adjudication) -> Form | None:
        if record.form not in self._known:
            try:
                self._known[record.form] = load_form(record.form)
            except UserError:  # a site's own form that the study no longer uses
                self._known[record.form] = None
        return self._known[record.form]
