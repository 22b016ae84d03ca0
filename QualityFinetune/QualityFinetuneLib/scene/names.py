"""What nodes are called, and the attributes by which the module knows its own nodes in a user's scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cases.roles import Role

if TYPE_CHECKING:
    from ..study.records import Annotation, Series

CASE_ID = "QualityFinetune.CaseId"
ROLE = "QualityFinetune.Role"
SERIES_ID = "QualityFinetune.SeriesId"
CONTENT = "QualityFinetune.Content"
"""SHA-256 of the file a volume was read from: tells whether a node still shows what the study holds."""
SIMULATED = "QualityFinetune.Simulated"
TASK = "QualityFinetune.Task"
ANNOTATION_ID = "QualityFinetune.AnnotationId"
ORIGIN = "QualityFinetune.Origin"
STATUS = "QualityFinetune.Status"
VOXELS = "QualityFinetune.Voxels"
"""SHA-256 of a segmentation's voxels as they were loaded or last saved: tells whether a reader has changed them."""
LABEL = "QualityFinetune.Label"
"""Tag of a segment: the voxel value of its label in the task."""

ROLE_NAMES = {
    Role.T2W: "T2w",
    Role.T2W_SAG: "T2w sagittal",
    Role.T2W_COR: "T2w coronal",
    Role.ADC: "ADC",
    Role.HBV: "High b",
    Role.DWI: "DWI",
    Role.DCE: "DCE",
    Role.OTHER: "Other",
}


def series_name(series: Series, *, simulated: bool) -> str:
    """Name of a volume node, e.g. `High b 1400, calculated`; without anything that tells who the patient is."""
    name = ROLE_NAMES[series.role]
    if series.b_value is not None and series.role in (Role.HBV, Role.DWI):
        name += f" {series.b_value:g}" if series.role is Role.HBV else f" b{series.b_value:g}"
    if series.calculated:
        name += ", calculated"
    if series.time_index is not None:
        name += f" {series.time_index + 1:02d}"
    return marked(name, simulated=simulated)


def annotation_name(title: str, annotation: Annotation | None, *, simulated: bool) -> str:
    """Name of a segmentation node, e.g. `Prostate gland (model, draft)`."""
    words = f"{annotation.origin}, {annotation.status}" if annotation is not None else "new"
    return marked(f"{title} ({words})", simulated=simulated)


def marked(name: str, *, simulated: bool) -> str:
    """Simulated things say so wherever their name is shown."""
    return f"{name}, simulated" if simulated else name
