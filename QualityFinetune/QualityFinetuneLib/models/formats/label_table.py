"""Labels with standard codes as a table, in the columns of the Slicer extension MONAIAuto3DSeg."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from ...cases.tasks import Code, Label

_COLORS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
_CODES = {
    "category": "SegmentedPropertyCategoryCodeSequence",
    "type": "SegmentedPropertyTypeCodeSequence",
    "type_modifier": "SegmentedPropertyTypeModifierCodeSequence",
}
_REGIONS = ("AnatomicRegionSequence", "AnatomicRegionModifierSequence")
_FIELDS = {"scheme": "CodingSchemeDesignator", "value": "CodeValue", "meaning": "CodeMeaning"}


def labels_of(table: str) -> tuple[Label, ...]:
    """Labels of such a table in the order of their values, with colours that colour-blind readers can tell apart.

    Raises:
        ValueError: when values do not count 1, 2, 3.
        LookupError: when a column is missing.
    """
    rows = sorted(csv.DictReader(StringIO(table)), key=lambda row: int(row["LabelValue"]))
    if [int(row["LabelValue"]) for row in rows] != list(range(1, len(rows) + 1)) or not rows:
        raise ValueError("its label values do not count 1, 2, 3")
    return tuple(
        Label(
            value=number,
            name=row["Name"],
            short=row["Name"],
            color=_COLORS[(number - 1) % len(_COLORS)],
            **{field: _code(row, column) for field, column in _CODES.items()},  # type: ignore[arg-type]
        )
        for number, row in enumerate(rows, 1)
    )


def _code(row: Mapping[str, str], column: str) -> Code | None:
    found = {field: row.get(f"{column}.{name}") or "" for field, name in _FIELDS.items()}
    return Code(**found) if found["value"] else None


def table_of(labels: Sequence[Label]) -> str:
    """The table of these labels, with every column that the extension documents."""
    columns = (*_CODES.values(), *_REGIONS)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["LabelValue", "Name", *(f"{column}.{name}" for column in columns for name in _FIELDS.values())])
    for label in labels:
        codes = [getattr(label, field) for field in _CODES]
        cells = [getattr(code, field) if code else "" for code in (*codes, None, None) for field in _FIELDS]
        writer.writerow([label.value, label.name, *cells])
    return text.getvalue()
