"""Examples for a predictor: from what readers said about a study's cases, or from faults simulated in steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..quality.degradations import KINDS, degrade_case, single
from ..quality.form import load_form
from ..quality.measures import Measures, definitions, measure
from ..quality.prediction import Example, Target
from ..study.study import Study
from .agreement import comparable
from .degrading import images_of
from .exams import Exam, exam_of_case
from .measuring import measure_exam, phase_encoding_of

DIFFUSION = (Role.ADC, Role.HBV, Role.DWI)
SEVERITIES = (0.25, 0.5, 0.75, 1.0)
"""Beside the series as it is, which is severity 0."""

LEARNED = tuple(one.name for one in definitions() if one.scale_free)
"""What a predictor may look at: numbers that do not depend on the scanner's grey levels."""

QUALITY = Target(kind="severity", name="quality", low=0.0, high=1.0)
"""1 for a series as it is, 0 for the worst fault that is simulated."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """Examples of one role, and what their number means; `left_out` tells of exams that gave none."""

    role: Role
    target: Target
    examples: tuple[Example, ...]
    left_out: tuple[str, ...] = ()


def kinds_for(role: Role) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The faults to simulate for a role, and those to hold out of training, where nothing else is asked for."""
    if role in DIFFUSION:
        return ("epi_distortion", "n2_ghost", "adc_noise", "high_b_noise", "eddy"), ("n2_ghost",)
    return ("motion", "noise", "thick_slices", "ghosting"), ("ghosting",)


def examples_from_faults(
    exams: Sequence[Exam],
    *,
    role: Role,
    kinds: Sequence[str] = (),
    severities: Sequence[float] = SEVERITIES,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainingSet:
    """Each exam's series as it is, and with each fault at each severity; quality is 1 minus the severity.

    Simulated exams count like any other; an exam without the role, or that cannot be degraded, is left out.

    Args:
        kinds: of degradations; those of `kinds_for` by default.
        severities: above 0 to 1.
        seed: every exam draws with its own seed from here on.
        progress: told done, total and the exam's name.

    Raises:
        UserError: NOT_FOUND for an unknown kind, or one that does nothing to series of that role.
    """
    chosen = tuple(kinds) or kinds_for(role)[0]
    _require_kinds(chosen, role)
    examples: list[Example] = []
    left_out: list[str] = []
    for number, exam in enumerate(exams):
        if progress:
            progress(number, len(exams), exam.name)
        try:
            examples += _of_exam(exam, role, chosen, severities, seed + number)
        except UserError as error:
            left_out.append(f"{exam.name}: {error.what} {error.why}")
    if progress:
        progress(len(exams), len(exams), "")
    return TrainingSet(role=role, target=QUALITY, examples=tuple(examples), left_out=tuple(left_out))


def examples_from_readings(
    study: Study, *, role: Role, score: str | None = None, progress: Progress | None = None
) -> TrainingSet:
    """Each read case with the score that readers gave to the sequence; the mean where several read it.

    Args:
        score: id of a score of the form; the visual score of the role's section by default.

    Raises:
        UserError: NOT_FOUND when the form has no such score; BAD_CONFIG when it has but one value.
    """
    target = _target_of(study, role, score)
    given: dict[int, list[int]] = defaultdict(list)
    for reading in comparable(study):
        value = reading.exam_score if target.name == "exam" else reading.scores.get(target.name)
        if value is not None and reading.form_version == target.form_version:
            given[reading.case_id].append(int(value))
    examples: list[Example] = []
    left_out: list[str] = []
    for number, (case_id, scores) in enumerate(sorted(given.items())):
        exam = exam_of_case(study, study.cases.get(case_id))
        if progress:
            progress(number, len(given), exam.name)
        values = values_of(exam, role)
        if values is None:
            left_out.append(f"{exam.name}: There is no {role.value} series that could be measured.")
        else:
            examples.append(Example(patient=exam.patient, target=fmean(scores), values=values))
    return TrainingSet(role=role, target=target, examples=tuple(examples), left_out=tuple(left_out))


def values_of(exam: Exam, role: Role) -> dict[str, float | None] | None:
    """What a predictor looks at, of the exam's first series of that role; None where it cannot be measured."""
    one = exam.first(role)
    if one is None:
        return None
    measured = [each for each in measure_exam(exam, roles=[role], only=LEARNED) if each.series == one.name]
    return _plain(measured[0].measures) if measured and measured[0].failed is None else None


def _of_exam(exam: Exam, role: Role, kinds: Sequence[str], severities: Sequence[float], seed: int) -> list[Example]:
    wanted = exam.first(role)
    if wanted is None:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what="It was left out.",
            why=f"It has no {role.value} series.",
            next="Nothing has to be done.",
        )
    needed = (*DIFFUSION, Role.T2W) if role in DIFFUSION else (role,)
    images = [one for one in images_of(exam) if one.role in needed]
    gland, encoding = exam.gland(), phase_encoding_of(wanted)

    def example(kind: str, severity: float) -> Example:
        case = degrade_case(images, single(kind, severity, seed=seed), gland=gland, name=exam.name)
        t2w = case.image(Role.T2W) if role in DIFFUSION and exam.first(Role.T2W) is not None else None
        measures = measure(
            case.image(role, b_value=wanted.b_value),
            gland=gland,
            role=role,
            t2w=t2w,
            phase_encoding=encoding,
            only=LEARNED,
        )
        return Example(
            patient=exam.patient,
            target=1.0 - severity,
            values=_plain(measures),
            artefact="none" if severity == 0 else kind,
        )

    return [example(kinds[0], 0.0), *(example(kind, severity) for kind in kinds for severity in severities)]


def _plain(measures: Measures) -> dict[str, float | None]:
    return {name: one.value if one.defined else None for name, one in measures.items()}


def _require_kinds(kinds: Sequence[str], role: Role) -> None:
    touched = {name: cls.model_fields["roles"].default for name, cls in KINDS.items()}
    for kind in kinds:
        roles = touched.get(kind, ())
        if role not in roles and not (role is Role.ADC and set(roles) & set(DIFFUSION)):
            possible = [
                name
                for name, those in touched.items()
                if role in those or (role is Role.ADC and set(those) & set(DIFFUSION))
            ]
            raise UserError(
                ErrorCode.NOT_FOUND,
                what=f"{kind} cannot be simulated on {role.value} series.",
                why=f"These can: {', '.join(possible) or 'none'}.",
                next="Name one of them, or another role.",
            )


def _target_of(study: Study, role: Role, score: str | None) -> Target:
    form, protocol = load_form(study.settings.form), study.settings.protocol
    possible = form.possible_scores(protocol)
    section = "dwi" if role in DIFFUSION else "dce" if role is Role.DCE else "t2w"
    visual = [one.id for one in form.scores_for(protocol) if one.section == section and one.part == "visual"]
    name = score or (visual[0] if visual else section)
    values = possible.get(name, ())
    if not values:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"There is no score {name} to learn.",
            why=f"{form.title} has these scores: {', '.join(possible)}.",
            next="Name one of them with --score.",
        )
    return Target(
        kind="reading",
        name=name,
        low=min(values),
        high=max(values),
        form=form.name,
        form_version=form.version,
        protocol=protocol,
    )
