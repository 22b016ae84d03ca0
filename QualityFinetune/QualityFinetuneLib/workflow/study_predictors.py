"""The quality predictors that a study keeps, and what they say of a case beside what its reader said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..common.files import inside
from ..quality.form import load_form
from ..quality.prediction import QualityPredictor, load_predictor, save_predictor
from ..study.records import Reading
from ..study.study import Study
from .predicted_quality import PredictedQuality

SUFFIX = ".json"


@dataclass(frozen=True, kw_only=True)
class StudyPredictor:
    """A predictor of the study, by the name of its file."""

    name: str
    predictor: QualityPredictor


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """A predicted quality beside what the reader said.

    Attributes:
        title: of what was predicted, e.g. of the score in the study's form.
        value: None where the predictor says nothing; `why` then tells why.
        half_width: of the interval at `level`, before it is cut at the ends of the scale.
        said: what the reader said about the same thing; None where it cannot be compared or was not answered.
        simulated: it learned from simulated faults, so its number is no score of a form.
    """

    role: Role
    title: str
    value: float | None
    half_width: float
    level: float
    said: int | None
    simulated: bool
    why: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def second_look(self) -> bool:
        """Whether the reader's score lies outside of the interval: one of the two deserves another look."""
        return self.value is not None and self.said is not None and abs(self.said - self.value) > self.half_width


def study_predictors(study: Study) -> list[StudyPredictor]:
    """The study's predictors by name.

    Raises:
        UserError: UNREADABLE_FILE or BAD_CONFIG when one of its files is no predictor.
    """
    folder = study.paths.predictors
    files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    return [StudyPredictor(name=path.stem, predictor=load_predictor(path)) for path in files]


def keep_predictor(study: Study, path: Path) -> StudyPredictor:
    """Copy a predictor's file into the study; one that learned the same thing of the same role is replaced.

    Raises:
        UserError: UNREADABLE_FILE or BAD_CONFIG when it is no predictor; BAD_CONFIG when it speaks of scores that the
            study's form does not have.
    """
    predictor = load_predictor(path)
    _refuse_other_form(study, predictor, path.name)
    name = f"{predictor.role.value}-{predictor.target.name}"
    study.paths.predictors.mkdir(parents=True, exist_ok=True)
    target = inside(study.paths.predictors, f"{name}{SUFFIX}")
    if path.resolve() != target.resolve():
        save_predictor(target, predictor)
    return StudyPredictor(name=name, predictor=predictor)


def drop_predictor(study: Study, name: str) -> None:
    """Take a predictor out of the study; readings stay as they are."""
    inside(study.paths.predictors, f"{name}{SUFFIX}").unlink(missing_ok=True)


def title_of(study: Study, predictor: QualityPredictor) -> str:
    """What a predictor predicts, in the words of the study's form."""
    target = predictor.target
    if target.kind == "severity":
        return predictor.role.value
    form = load_form(study.settings.form)
    return next((one.title for one in form.scores if one.id == target.name), target.name)


def beside(
    study: Study, predictor: QualityPredictor, found: PredictedQuality, scores: Mapping[str, int | None]
) -> SideBySide:
    """A prediction beside the scores that the reader gave.

    Args:
        scores: of the reading by id, the exam's as `exam`; see `scores_of`.
    """
    target = predictor.target
    prediction = found.prediction
    return SideBySide(
        role=predictor.role,
        title=title_of(study, predictor),
        value=prediction.value,
        half_width=predictor.half_width,
        level=predictor.level,
        said=scores.get(target.name) if _speaks_of(study, predictor) else None,
        simulated=predictor.simulated,
        why=prediction.why or "",
        remarks=prediction.remarks,
    )


def scores_of(reading: Reading) -> dict[str, int | None]:
    """Every score of a reading by id, the exam's as `exam`."""
    return {**reading.scores, "exam": reading.exam_score}


def _speaks_of(study: Study, predictor: QualityPredictor) -> bool:
    """Whether the predicted number is a score of the study's form and protocol."""
    target = predictor.target
    form = load_form(study.settings.form)
    return (target.kind, target.form, target.protocol) == ("reading", form.name, study.settings.protocol)


def _refuse_other_form(study: Study, predictor: QualityPredictor, name: str) -> None:
    if predictor.target.kind == "reading" and not _speaks_of(study, predictor):
        form = load_form(study.settings.form)
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"{name} was not added to the study.",
            why=f"It learned scores of {predictor.target.form} ({predictor.target.protocol}), and the study is rated "
            f"with {form.name} ({study.settings.protocol}): scores do not convert.",
            next="Train one from readings of this study, or from simulated faults.",
        )
