"""Measures of image quality from the voxels of a series, each with its unit, source and what it claims to see."""

from .definition import DEFINITIONS, Definition, Degradation
from .measuring import definitions, measure
from .outliers import flagged
from .record import Measures, MeasureValue

__all__ = [
    "DEFINITIONS",
    "Definition",
    "Degradation",
    "MeasureValue",
    "Measures",
    "definitions",
    "flagged",
    "measure",
]
