"""A simulated mpMRI cohort: for the demo and the tests, never for a clinical statement. Every file says so."""

from .cohort import make_cohort

__all__ = ["make_cohort"]
