"""Which function reads which measure of the headers that a form may name."""

from __future__ import annotations

from . import measured_coil, measured_diffusion, measured_dynamic, measured_geometry
from .checks import Measure
from .measured import Read

MEASURES: dict[Measure, Read] = {
    "slice_thickness_mm": measured_geometry.slice_thickness,
    "slice_gap_mm": measured_geometry.slice_gap,
    "in_plane_phase_mm": measured_geometry.phase_resolution,
    "in_plane_frequency_mm": measured_geometry.frequency_resolution,
    "field_of_view_mm": measured_geometry.field_of_view,
    "highest_b_value": measured_diffusion.highest_b,
    "adc_b_values": measured_diffusion.adc_b_values,
    "time_between_points_s": measured_dynamic.time_between_points,
    "dynamic_duration_s": measured_dynamic.dynamic_duration,
    "field_strength_t": measured_geometry.field_strength,
    "planes": measured_geometry.planes,
    "receive_coil": measured_coil.receive_coil,
}
