"""Simulated faults of an acquisition, with known severity: for studies and tests, never for a clinical statement."""

from .case import DegradedCase, degrade_case
from .files import degrade_found, load_record, write_case
from .kinds import KINDS
from .recipe import Recipe, load_degradations, packaged, packaged_names, single
from .record import DegradationRecord
from .series import CaseImage

__all__ = [
    "KINDS",
    "CaseImage",
    "DegradationRecord",
    "DegradedCase",
    "Recipe",
    "degrade_case",
    "degrade_found",
    "load_degradations",
    "load_record",
    "packaged",
    "packaged_names",
    "single",
    "write_case",
]
