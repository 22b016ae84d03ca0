"""Score a filled form: PI-QUAL v2, v1, or a site's own. The rules are the form's; nothing of them is in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..common.errors import ErrorCode, UserError
from .answers import answers_of
from .conditions import Value
from .consistency import EXAM
from .derivation import Step, derive
from .form import Form
from .scores import DerivedScore, Part, Protocol


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a form gives for the answers of one reader about one case.

    Attributes:
        exam: the exam score; None while a required item is unanswered.
        missing: ids of the required items without an answer, in the order of the form.
        reasons: one plain sentence for each score that could be derived, in the order of derivation.
        scores: every score of the protocol; None for one that still lacks an answer.
        technical: the scores of the technical part alone.
        visual: the scores of the visual part alone.
        steps: what `reasons` is made of.
    """

    form: str
    form_version: str
    protocol: Protocol
    exam: int | None
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    scores: Mapping[str, int | None]
    technical: Mapping[str, int | None]
    visual: Mapping[str, int | None]
    steps: tuple[Step, ...]

    @property
    def t2w(self) -> int | None:
        """Score of the T2W section; None if unanswered or not in the form."""
        return self.scores.get("t2w")

    @property
    def dwi(self) -> int | None:
        """Score of the DWI section; None if unanswered or not in the form."""
        return self.scores.get("dwi")

    @property
    def dce(self) -> int | None:
        """Score of the DCE section (0 is "-", 1 is "+"); None if unanswered or not in the protocol."""
        return self.scores.get("dce")


def score(
    form: Form,
    values: Mapping[str, bool | int | None],
    *,
    protocol: Protocol,
    options: Mapping[str, bool] | None = None,
) -> Score:
    """Derive every score of the form from the answers given so far.

    A score is derived as soon as everything that it depends on is answered; only the exam score waits for every
    required item of the protocol. Answers about sections that the protocol does not have are left aside.

    Args:
        values: item id to answer; None or absent means unanswered.
        options: which of the form's options are switched, where this differs from their defaults.

    Raises:
        UserError: BAD_READING for an unknown item or option, or a value that the item does not allow.
    """
    answers = answers_of(form, values, protocol=protocol)
    known: dict[str, Value] = {**form.defaults(), **_switched(form, options or {}), **answers}
    missing = tuple(item.id for item in form.items(protocol) if item.required and item.id not in answers)
    possible = form.possible_scores(protocol)
    derived = form.scores_for(protocol)

    def show(name: str, value: Value) -> str:
        for other in derived:
            if other.id == name:
                return other.shown(int(value))
        return _shown(form, name, value)

    steps: dict[str, Step] = {}
    for one in derived:
        if one.id == EXAM and missing:
            continue
        step = derive(one, known, possible=possible[one.id][-1], show=show)
        if step is not None:
            known[one.id] = step.value
            steps[one.id] = step
    scores = {one.id: steps[one.id].value if one.id in steps else None for one in derived}
    return Score(
        form=form.name,
        form_version=form.version,
        protocol=protocol,
        exam=scores[EXAM],
        missing=missing,
        reasons=tuple(str(step) for step in steps.values()),
        scores=scores,
        technical=_of_part(derived, scores, "technical"),
        visual=_of_part(derived, scores, "visual"),
        steps=tuple(steps.values()),
    )


def _switched(form: Form, options: Mapping[str, bool]) -> dict[str, bool]:
    known = form.defaults()
    for name in options:
        if name not in known:
            raise UserError(
                ErrorCode.BAD_READING,
                what=f"The form {form.title} has no option named {name}.",
                why=f"Its options are: {', '.join(known) or 'none'}.",
                next="Correct the option in the study's settings.",
            )
    return dict(options)


def _shown(form: Form, name: str, value: Value) -> str:
    return (
        "on"
        if name in form.defaults() and value
        else "off"
        if name in form.defaults()
        else form.item(name).shown(value)
    )


def _of_part(
    derived: tuple[DerivedScore, ...], scores: Mapping[str, int | None], part: Part
) -> dict[str, int | None]:
    return {one.id: scores[one.id] for one in derived if one.part == part}
