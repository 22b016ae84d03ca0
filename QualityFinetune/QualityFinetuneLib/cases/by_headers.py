"""The role of a DICOM volume from its headers: a list of small rules, the first that fits decides.

File and folder names are never looked at. A rule's `why` is what the user is told when a series gets no role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .roles import Role
from .slice_geometry import axes_of
from .stacks import Stack

FEWEST_SLICES = 5
"""A prostate has some 40 mm; fewer slices than this are a localiser or a fragment."""

T2_ECHO_TIME_MS = 60.0
"""From this echo time a spin-echo image is T2-weighted; PI-RADS protocols use about 80 to 130 ms."""

T2_REPETITION_TIME_MS = 1000.0
DYNAMIC_ECHO_TIME_MS = 10.0
DYNAMIC_REPETITION_TIME_MS = 50.0

AXIAL, SAGITTAL, CORONAL = "axial", "sagittal", "coronal"


def _pattern(*words: str) -> re.Pattern[str]:
    """Matches any of `words` that is not part of a longer word of letters."""
    return re.compile(r"(?<![a-z])(?:" + "|".join(words) + r")(?![a-z])", re.IGNORECASE)


LOCALISER = _pattern("loc", "locali[sz]er", "scout", "survey", "3[ -_]?plane", "aahscout", "calibration")
POSTPROCESSED = _pattern(
    "sub", "subtraction", "subtracted", "mip", "ktrans", "kep", "iauc", "wash ?in", "wash ?out", "ttp", "pei",
    "perf map", "colou?r", "fused?", "fusion", "screen ?save", "screenshot", "t2 ?map", "t1 ?map", "tensor", "fa",
    "colfa", "mosaic", "overlay", "cad", "dynacad", "relcbv", "ve", "vp",
)  # fmt: skip
EXPONENTIAL_ADC = _pattern("e[ _-]?adc", "exp(?:onential)?[ _-]?adc", "exp(?:onential)? apparent")
ADC = _pattern("adc", "d?adc[a-z]*map", "apparent diffusion(?: coefficient)?", "diffusion coefficient")
DIFFUSION = _pattern(
    "dwi", "dwibs", "diff", "diffusion", "dti", "resolve", "zoomit", "ep2d", "b[ =-]?\\d{2,4}t?",
    "focus dwi", "trace", "tracew", "advdiff", "irender", "ivim", "b ?values?",
)  # fmt: skip
CALCULATED = re.compile(r"calc|synth|computed|(?<![a-z])[cs]dwi|extrapol|cbval|(?<![a-z])cb\d{3,4}", re.IGNORECASE)
CALCULATED_TYPES = {"CALC_BVALUE", "CALCULATED", "COMPUTED_DWI", "SYNTHETIC", "CALC_BVAL"}
DYNAMIC = _pattern(
    "dce", "dyn", "dynamic", "twist", "vibe", "tricks", "lava", "thrive", "e-?thrive", "perf", "perfusion", "disco",
    "grasp", "fl3d", "fldyn3d", "vibrant", "quick3d", "spgr", "mdixon", "flash",
)  # fmt: skip
T2 = _pattern("t2w?", "tse", "fse", "frfse", "t2[a-z]*", "space", "cube", "vista", "blade", "propeller", "multivane")
T1 = _pattern("t1w?", "t1[a-z]*", "in ?phase", "opp?[ _]?phase")
PROTON_DENSITY = _pattern("pd", "pdw", "proton density")
NOT_PLAIN_T2 = _pattern(
    "stir", "haste", "ssfse", "ss ?tse", "mrcp", "urogram", "myelo", "tirm", "flair", "t2 ?star", "t2\\*"
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules look at, in one place."""

    text: str
    description: str
    types: frozenset[str]
    scanning: frozenset[str]
    plane: str
    slices: int
    echo_time_ms: float | None
    repetition_time_ms: float | None
    b_value: float | None
    directional: bool
    echoes: int
    derived: bool

    @property
    def echo_planar(self) -> bool:
        return "EP" in self.scanning

    @property
    def diffusion(self) -> bool:
        """Diffusion weighting is stated; a lone b-value of 0 is not enough, as some vendors write it everywhere."""
        return (
            "DIFFUSION" in self.types
            or (self.b_value or 0) > 0
            or bool(DIFFUSION.search(self.text) and (self.echo_planar or self.b_value is not None))
        )


@dataclass(frozen=True, kw_only=True)
class RoleRule:
    """If `fits`, the series has `role`; `why` tells it in the user's words."""

    name: str
    role: Role
    fits: Callable[[Facts], bool]
    why: str


def _long_echo(facts: Facts) -> bool:
    if facts.echo_time_ms is None:
        return bool(T2.search(facts.text)) and not T1.search(facts.text)
    long_tr = facts.repetition_time_ms is None or facts.repetition_time_ms >= T2_REPETITION_TIME_MS
    return facts.echo_time_ms >= T2_ECHO_TIME_MS and long_tr


def _t2(facts: Facts) -> bool:
    spin_echo = "SE" in facts.scanning if facts.scanning else bool(T2.search(facts.text))
    return spin_echo and not facts.echo_planar and _long_echo(facts)


def _dynamic(facts: Facts) -> bool:
    fast = (facts.echo_time_ms or 0) <= DYNAMIC_ECHO_TIME_MS and (
        (facts.repetition_time_ms or 0) <= DYNAMIC_REPETITION_TIME_MS
    )
    gradient_echo = "GR" in facts.scanning or not facts.scanning
    return gradient_echo and fast and (bool(DYNAMIC.search(facts.text)) or "GR" in facts.scanning)


RULES: tuple[RoleRule, ...] = (
    RoleRule(
        name="localiser",
        role=Role.OTHER,
        fits=lambda f: "LOCALIZER" in f.types or bool(LOCALISER.search(f.text)),
        why="it is a localiser",
    ),
    RoleRule(
        name="few slices",
        role=Role.OTHER,
        fits=lambda f: f.slices < FEWEST_SLICES,
        why=f"it has fewer than {FEWEST_SLICES} slices",
    ),
    RoleRule(
        name="post-processed",
        role=Role.OTHER,
        fits=lambda f: (
            bool(f.types & {"PROJECTION IMAGE", "MIP", "MIN_IP", "SUBTRACTION", "SUB", "FA", "TENSOR"})
            or bool(POSTPROCESSED.search(f.description))
        ),
        why="it is a post-processed picture",
    ),
    RoleRule(
        name="phase",
        role=Role.OTHER,
        fits=lambda f: bool(f.types & {"P", "PHASE", "PHASE MAP", "PHASE_MAP", "R", "I", "REAL", "IMAGINARY"}),
        why="it holds phase or complex parts instead of magnitudes",
    ),
    RoleRule(
        name="exponential ADC",
        role=Role.OTHER,
        fits=lambda f: bool(f.types & {"EADC", "EXP_ADC"}) or bool(EXPONENTIAL_ADC.search(f.description)),
        why="it is an exponential ADC map",
    ),
    RoleRule(
        name="ADC",
        role=Role.ADC,
        fits=lambda f: (
            f.plane == AXIAL
            and (bool(f.types & {"ADC", "ADC_UNSPECIFIED"}) or (f.derived and bool(ADC.search(f.description))))
        ),
        why="it is an ADC map",
    ),
    RoleRule(
        name="one gradient direction",
        role=Role.OTHER,
        fits=lambda f: f.diffusion and f.directional,
        why="it shows single gradient directions; the trace image is what is read",
    ),
    RoleRule(
        name="diffusion",
        role=Role.DWI,
        fits=lambda f: f.diffusion and f.plane == AXIAL and f.b_value is not None,
        why="it is diffusion-weighted",
    ),
    RoleRule(
        name="diffusion without b-value",
        role=Role.OTHER,
        fits=lambda f: f.diffusion or (f.echo_planar and bool(DIFFUSION.search(f.text))),
        why="its b-value is not stated, or it is not axial",
    ),
    RoleRule(
        name="several echoes",
        role=Role.OTHER,
        fits=lambda f: f.echoes > 2,
        why="it is a series of many echo times, meant for a map",
    ),
    RoleRule(
        name="proton density",
        role=Role.OTHER,
        fits=lambda f: bool(PROTON_DENSITY.search(f.text)) and (f.echo_time_ms or 0) < T2_ECHO_TIME_MS,
        why="it is proton-density weighted",
    ),
    RoleRule(
        name="dynamic",
        role=Role.DCE,
        fits=lambda f: f.plane == AXIAL and _dynamic(f),
        why="it is a fast T1-weighted series",
    ),
    RoleRule(
        name="special T2",
        role=Role.OTHER,
        fits=lambda f: bool(NOT_PLAIN_T2.search(f.text)),
        why="it is no standard T2-weighted sequence",
    ),
    RoleRule(name="T2w axial", role=Role.T2W, fits=lambda f: f.plane == AXIAL and _t2(f), why="T2w"),
    RoleRule(name="T2w sagittal", role=Role.T2W_SAG, fits=lambda f: f.plane == SAGITTAL and _t2(f), why="T2w"),
    RoleRule(name="T2w coronal", role=Role.T2W_COR, fits=lambda f: f.plane == CORONAL and _t2(f), why="T2w"),
    RoleRule(
        name="anything else", role=Role.OTHER, fits=lambda f: True, why="no reading step uses this kind of series"
    ),
)


def facts_of(stack: Stack, siblings: Sequence[Stack]) -> Facts:
    """What the headers of `stack` say; `siblings` are all volumes of the same series."""
    head = stack.head
    diffusion = head.diffusion
    same_b = [
        s for s in siblings if s.head.diffusion.b_value == diffusion.b_value and s.head.image_type == head.image_type
    ]
    has_trace = any(s.head.diffusion.directional is False for s in siblings)
    return Facts(
        text=" ".join((head.description, head.protocol, head.sequence)).replace("_", " "),
        description=head.description.replace("_", " "),
        types=frozenset(head.image_type[2:]),
        scanning=frozenset(head.scanning_sequence),
        plane=plane_of(stack),
        slices=len(stack.slices),
        echo_time_ms=head.echo_time_ms,
        repetition_time_ms=head.repetition_time_ms,
        b_value=diffusion.b_value,
        directional=bool(diffusion.b_value)
        and (stack.repeats > 1 or (diffusion.directional is True and (has_trace or len(same_b) > 1))),
        echoes=len({s.head.echo_time_ms for s in siblings}),
        derived=not head.image_type or head.image_type[0] == "DERIVED",
    )


def rule_for(facts: Facts) -> RoleRule:
    """The first rule that fits; the last one always does."""
    return next(rule for rule in RULES if rule.fits(facts))


def plane_of(stack: Stack) -> str:
    """Axial, sagittal or coronal: whichever axis of the patient the slice normal is nearest to."""
    normal = np.abs(axes_of(stack.head.orientation)[:, 2])
    return (SAGITTAL, CORONAL, AXIAL)[int(np.argmax(normal))]


def is_calculated(stack: Stack) -> bool:
    """Whether a diffusion volume was computed from others rather than acquired at its b-value."""
    head = stack.head
    if set(head.image_type) & CALCULATED_TYPES or CALCULATED.search(head.description):
        return True
    sources, b_value = head.diffusion.source_b_values, head.diffusion.b_value
    return bool(sources) and b_value not in sources
