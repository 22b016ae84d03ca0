"""Write a reading as a DICOM Structured Report: TID 1500, one measurement group for each section of the form."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...cases.dicom_files import quietly
from ...cases.roles import Role
from ...common.errors import ErrorCode, UserError
from ...common.files import write_with
from ...common.version import __version__
from ..form import Form, Item, Section
from ..scores import DerivedScore
from .coding import RECORD, RECORD_FIELDS, SCHEME, SCHEME_NAME, SCHEME_VERSION, CodeKind, FormCode, code
from .content import Number, ReportContent
from .evidence import Evidence

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept, ComprehensiveSR, MeasurementsAndQualitativeEvaluations

MAKER = "QualityFinetune"
NAMESPACE = uuid.UUID("5a3bd5c4-9a40-4c53-9a51-6c19a3f1d4a7")
"""Of the UIDs that are made from a record's hash: the same record about the same images gives the same report."""
SERIES_NUMBER = 990
UNITS = {"1": ("1", "no units"), "image": ("[arb'U]", "arbitrary unit")}
"""UCUM code and meaning of what is no physical unit."""


def write_report(
    path: Path, content: ReportContent, form: Form | None, *, evidence: Evidence, blinded: bool = False
) -> None:
    """Write the report, completely or not at all.

    Args:
        path: the DICOM file.
        content: what was read.
        form: the form that it was read with, for wording and sections. None where it is not at hand; then, and for
            items that it no longer has, ids stand in for the wording.
        evidence: patient, exam and images.
        blinded: mark the report as rid of identity, and give it UIDs that nobody can work out.

    Raises:
        UserError: MISSING_PACKAGE without highdicom.
    """
    try:
        with quietly():
            report = _report(content, form, evidence, blinded=blinded)
    except ModuleNotFoundError as error:
        raise UserError(
            ErrorCode.MISSING_PACKAGE,
            what="The DICOM report could not be written.",
            why=f"The Python package {error.name} is not installed.",
            next="Install highdicom into the Python that runs this program.",
        ) from error
    with quietly():
        write_with(path, lambda temporary: report.save_as(temporary))


def _report(content: ReportContent, form: Form | None, evidence: Evidence, *, blinded: bool) -> ComprehensiveSR:
    from highdicom.sr import ComprehensiveSR, MeasurementReport
    from pydicom.sr.codedict import codes

    mp = content.protocol == "mpmri"
    root = MeasurementReport(
        observation_context=_observers(content),
        procedure_reported=codes.cid100.MultiparametricMRIOfProstate if mp else codes.cid100.MRIUnspecifiedBodyRegion,
        imaging_measurements=list(_groups(content, form, evidence)),
    )
    images = [image for image, _ in evidence.images]
    stated = [str(evidence.patient.StudyInstanceUID), *(str(image.SOPInstanceUID) for image in images)]
    report = ComprehensiveSR(
        evidence=images or [_carrier(evidence)],
        content=root,
        series_instance_uid=_uid("series", content, stated, fresh=blinded),
        series_number=SERIES_NUMBER,
        sop_instance_uid=_uid("instance", content, stated, fresh=blinded),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MAKER,
        software_versions=__version__,
        series_description="Image quality",
        specific_character_set="ISO_IR 192",
        is_complete=True,
        is_final=True,
    )
    if not images:  # highdicom asks for evidence; where there is none the report must not claim any
        for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
            if keyword in report:
                delattr(report, keyword)
    _say_when(report, content)
    if blinded:
        report.PatientIdentityRemoved = "YES"
        report.DeidentificationMethod = f"Blinded by {MAKER}"
    report.CodingSchemeIdentificationSequence = [_scheme()]
    return report


def _observers(content: ReportContent) -> Any:
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        ObservationContext,
        ObserverContext,
        PersonObserverIdentifyingAttributes,
    )
    from pydicom.sr.codedict import codes

    name = " ".join(content.reader.replace("^", " ").replace("=", " ").replace("\\", " ").split())
    return ObservationContext(
        observer_person_context=ObserverContext(
            observer_type=codes.DCM.Person,
            observer_identifying_attributes=PersonObserverIdentifyingAttributes(name=f"{name}^"),
        ),
        observer_device_context=ObserverContext(
            observer_type=codes.DCM.Device,
            observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
                uid=f"2.25.{NAMESPACE.int}", name=MAKER, manufacturer_name=MAKER, model_name=f"{MAKER} {__version__}"
            ),
        ),
    )


def _groups(
    content: ReportContent, form: Form | None, evidence: Evidence
) -> Iterator[MeasurementsAndQualitativeEvaluations]:
    from pydicom.sr.codedict import codes

    placed: set[str] = set()
    for section in form.sections if form else ():
        answered = [item for item in section.items if item.id in content.answers]
        own = [one for one in _scores(form, content) if one.section == section.id and one.id in content.scores]
        if not answered and not own:
            continue
        placed |= {f"item {item.id}" for item in answered} | {f"score {score.id}" for score in own}
        group = _group(
            section.title,
            finding=_coded(code(content.form, "section", section.id, section.title)),
            numbers=[
                *(_points("score", score.id, score.title, content) for score in own),
                *(_points("item", item.id, item.label, content) for item in answered if item.kind == "scale"),
            ],
            evaluations=[_evaluation(item, content) for item in answered if item.kind != "scale"],
            images=_images(evidence, _roles(section)),
        )
        for item in section.items:
            if item.id in content.found:
                placed.add(f"found {item.id}")
                _say(group, code(content.form, "found", item.id, f"In headers: {item.label}"), content.found[item.id])
        yield group
    titles = {score.id: score.title for score in _scores(form, content)}
    rest = [item for item in content.answers if f"item {item}" not in placed]
    whole = _group(
        "Whole exam",
        finding=codes.DCM.ImagingStudyQuality,
        numbers=[
            *(
                _points("score", name, titles.get(name, name), content)
                for name in content.scores
                if f"score {name}" not in placed
            ),
            *(_points("item", item, item, content) for item in rest if not isinstance(content.answers[item], bool)),
            *(_measured(name, one) for name, one in content.measures.items()),
        ],
        evaluations=[_yes_or_no(item, item, content) for item in rest if isinstance(content.answers[item], bool)],
        images=(),
    )
    for name, text in content.found.items():
        if f"found {name}" not in placed:
            _say(whole, code(content.form, "found", name, f"In headers: {name}"), text)
    for name, meaning in RECORD_FIELDS.items():
        if (text := str(getattr(content, name))) != "":
            _say(whole, code(RECORD, "record", name, meaning), text)
    yield whole


def _scores(form: Form | None, content: ReportContent) -> tuple[DerivedScore, ...]:
    return form.scores_for(content.protocol) if form else ()


def _group(title: str, *, finding: Any, numbers: list[Any], evaluations: list[Any], images: Any) -> Any:
    from highdicom.sr import (
        FindingSite,
        MeasurementsAndQualitativeEvaluations,
        SourceImageForMeasurementGroup,
        TrackingIdentifier,
    )
    from pydicom.sr.codedict import codes

    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=f"2.25.{uuid.uuid5(NAMESPACE, f'group {title}').int}", identifier=title[:64]
        ),
        finding_type=finding,
        finding_sites=[FindingSite(anatomic_location=codes.SCT.Prostate)],
        measurements=numbers,
        qualitative_evaluations=evaluations,
        source_images=[
            SourceImageForMeasurementGroup(
                referenced_sop_class_uid=image.SOPClassUID, referenced_sop_instance_uid=image.SOPInstanceUID
            )
            for image in images
        ],
    )


def _images(evidence: Evidence, roles: set[Role]) -> list[Any]:
    return [image for image, role in evidence.images if role in roles]


def _roles(section: Section) -> set[Role]:
    """The series that a section is about: those that its technical items look at."""
    return {role for item in section.items if item.check is not None for role in item.check.roles}


def _points(kind: CodeKind, name: str, title: str, content: ReportContent) -> Any:
    """A score, or an item answered on a scale."""
    from highdicom.sr import CodedConcept, Measurement

    value = content.scores[name] if kind == "score" else content.answers[name]
    unit = CodedConcept(value="{score}", scheme_designator="UCUM", meaning="score")
    return Measurement(name=_coded(code(content.form, kind, name, title)), value=float(value), unit=unit)


def _measured(name: str, number: Number) -> Any:
    from highdicom.sr import CodedConcept, Measurement

    value, meaning = UNITS.get(number.unit, (number.unit, number.unit))
    unit = CodedConcept(value=value, scheme_designator="UCUM", meaning=meaning)
    return Measurement(name=_coded(code(RECORD, "measure", name, name)), value=number.value, unit=unit)


def _evaluation(item: Item, content: ReportContent) -> Any:
    from highdicom.sr import QualitativeEvaluation

    if item.kind == "bool":
        return _yes_or_no(item.id, item.label, content)
    value = int(content.answers[item.id])
    answer = code(content.form, "value", f"{item.id}={value}", item.labels.get(value, str(value)))
    return QualitativeEvaluation(name=_coded(code(content.form, "item", item.id, item.label)), value=_coded(answer))


def _yes_or_no(item: str, label: str, content: ReportContent) -> Any:
    from highdicom.sr import QualitativeEvaluation
    from pydicom.sr.codedict import codes

    return QualitativeEvaluation(
        name=_coded(code(content.form, "item", item, label)),
        value=codes.SCT.Yes if content.answers[item] else codes.SCT.No,
    )


def _say(group: Any, name: FormCode, text: str) -> None:
    from highdicom.sr import RelationshipTypeValues, TextContentItem

    group[0].ContentSequence.append(
        TextContentItem(name=_coded(name), value=text, relationship_type=RelationshipTypeValues.CONTAINS)
    )


def _coded(one: FormCode) -> CodedConcept:
    from highdicom.sr import CodedConcept

    return CodedConcept(value=one.value, scheme_designator=SCHEME, meaning=one.meaning)


def _carrier(evidence: Evidence) -> Any:
    """Stands in for an image, only to carry patient and exam into highdicom; the report does not refer to it."""
    from copy import deepcopy

    carrier = deepcopy(evidence.patient)
    carrier.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    carrier.SOPInstanceUID = carrier.SeriesInstanceUID = f"2.25.{uuid.uuid4().int}"
    return carrier


def _uid(what: str, content: ReportContent, stated: list[str], *, fresh: bool) -> str:
    """A UUID as UID (PS3.5, B.2)."""
    made = uuid.uuid4() if fresh else uuid.uuid5(NAMESPACE, " ".join([what, __version__, content.sha256, *stated]))
    return f"2.25.{made.int}"


def _say_when(report: ComprehensiveSR, content: ReportContent) -> None:
    moment = content.finished.astimezone(UTC)
    for what in ("Content", "InstanceCreation", "Series"):
        setattr(report, f"{what}Date", moment.strftime("%Y%m%d"))
        setattr(report, f"{what}Time", moment.strftime("%H%M%S"))
    report.TimezoneOffsetFromUTC = "+0000"
    for equipment in report.get("ContributingEquipmentSequence", []):  # highdicom's present moment
        equipment.ContributionDateTime = moment.strftime("%Y%m%d%H%M%S")


def _scheme() -> Any:
    from pydicom.dataset import Dataset

    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = SCHEME_NAME
    scheme.CodingSchemeVersion = SCHEME_VERSION
    scheme.CodingSchemeResponsibleOrganization = MAKER
    return scheme
