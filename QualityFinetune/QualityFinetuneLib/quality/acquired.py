"""Resolution and field of view as acquired, not as interpolated: from the acquisition matrix and the phase direction.

DICOM's AcquisitionMatrix holds frequency rows, frequency columns, phase rows, phase columns (PS3.3, C.8.3.1); two of
the four are zero. Pixel spacing tells the reconstructed pixels, which scanners often interpolate.
"""

from __future__ import annotations

from dataclasses import dataclass

from .series_headers import SeriesHeaders


@dataclass(frozen=True, kw_only=True)
class InPlane:
    """Field of view and acquired pixel size along the two encoding directions, in mm."""

    phase_fov_mm: float
    frequency_fov_mm: float
    phase_mm: float
    frequency_mm: float


def field_of_view_mm(series: SeriesHeaders) -> tuple[float, float] | None:
    """Extent along the rows' direction (columns x spacing) and along the columns' direction, or None."""
    spacing = series.numbers("PixelSpacing")
    rows, columns = series.number("Rows"), series.number("Columns")
    if len(spacing) != 2 or not rows or not columns or min(*spacing, rows, columns) <= 0:
        return None
    return columns * spacing[1], rows * spacing[0]


def in_plane(series: SeriesHeaders) -> InPlane | None:
    """Acquired resolution in the plane, or None where the headers do not tell.

    Phase steps count as acquired: vendors write them with percent sampling already applied (130 lines at 75 % are
    given as 98), so PercentSampling is not applied a second time.
    """
    extent = field_of_view_mm(series)
    matrix = series.numbers("AcquisitionMatrix")
    direction = series.text("InPlanePhaseEncodingDirection").upper()
    if extent is None or len(matrix) != 4 or direction not in {"ROW", "COL", "COLUMN"}:
        return None
    frequency_steps, phase_steps = max(matrix[:2]), max(matrix[2:])
    if frequency_steps <= 0 or phase_steps <= 0:
        return None
    along_row, along_column = extent
    phase_fov, frequency_fov = (along_row, along_column) if direction == "ROW" else (along_column, along_row)
    return InPlane(
        phase_fov_mm=phase_fov,
        frequency_fov_mm=frequency_fov,
        phase_mm=phase_fov / phase_steps,
        frequency_mm=frequency_fov / frequency_steps,
    )
