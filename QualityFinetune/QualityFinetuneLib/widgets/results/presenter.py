"""What the Results panel shows and does, without Qt: runs, numbers by quality, what can be predicted with what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ...cases.answers import numbers_of
from ...cases.answers import words as answer_words
from ...cases.tasks import Task
from ...models.cards import ModelCard
from ...study.quality import strata
from ...study.records import Case, Model, Run
from ...study.study import Study
from ...workflow.answering import may_see, unjudged
from ...workflow.evaluating import prepare_evaluate
from ...workflow.predicting import PredictOptions, not_trained_on, prepare_predict
from ...workflow.prepared import PreparedRun
from ...workflow.resuming import interrupted, prepare_resume
from ...workflow.review import waiting_drafts
from ..finetune.card_words import needs_file
from ..i18n import tr as _
from ..session import Session
from ..words import annotation_words, answer_status_words, quality_words, run_kind_words, run_status_words
from . import run_numbers


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """What can predict a task: a model of the study, a card whose own weights solve it, or one with a user's file.

    Attributes:
        file_for: the card of a network whose finetuned weights the user brings as a file; None where none is needed.
    """

    text: str
    model: Model | str
    file_for: ModelCard | None = None


class ResultsPresenter:
    """Runs of the study, newest first, and predictions with the models it has."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._task_name = ""
        self.runs: list[Run] = []
        self.predictors: list[Predictor] = []
        self.predictor = 0
        self.run_id: int | None = None
        self.weights: Path | None = None
        self.terms_accepted = False
        self.uncertainty = False

    @property
    def tasks(self) -> list[Task]:
        """What can be predicted."""
        return self.session.tasks

    @property
    def task(self) -> Task:
        """The chosen task."""
        return self.session.task_named(self._task_name)

    def refresh(self) -> None:
        """Look up the runs and models there are now."""
        study = self.session.study
        self.runs = list(reversed(study.runs.all())) if study is not None else []
        if self.run_id not in [run.id for run in self.runs]:
            self.run_id = self.runs[0].id if self.runs else None
        chosen = self.predictors[self.predictor].text if self.predictor < len(self.predictors) else None
        self.predictors = self._predictors()
        texts = [one.text for one in self.predictors]
        self.predictor = texts.index(chosen) if chosen in texts else 0

    def choose_task(self, name: str) -> None:
        """Another task; the newest model that solves it is proposed."""
        self._task_name = name
        self.predictors = self._predictors()
        self.choose_predictor(0)

    def choose_predictor(self, index: int) -> None:
        """Another model; terms accepted for one file are not accepted for another."""
        self.predictor = index
        self.weights, self.terms_accepted = None, False

    @property
    def file_card(self) -> ModelCard | None:
        """The card whose weights the user has to bring; None where the chosen model needs no file."""
        return self.predictors[self.predictor].file_for if self.predictor < len(self.predictors) else None

    @property
    def maps_uncertainty(self) -> bool:
        """Whether a prediction also maps where the model is unsure: it looks twice, once mirrored."""
        return self.uncertainty and self.task.segments

    def predict_problem(self) -> str:
        """Why nothing can be predicted yet, with what to do; empty when it can."""
        if not self.predictors:
            return _("No model solves this task yet. Finetune one in the step before.")
        if self.file_card is None:
            return ""
        if self.weights is None:
            return _("Choose the file with the finetuned weights.")
        return "" if self.terms_accepted else _("Accept the terms of the weights first.")

    def task_of_interest(self) -> str:
        """The task of the newest model, else one that a card solves out of the box."""
        study = self.session.study
        models = [model for model in study.models.all() if model.task] if study is not None else []
        known = {task.name for task in self.tasks}
        newest = next((model.task for model in reversed(models) if model.task in known), None)
        ready = next((one.task for one in self.session.cards if one.task in known and not needs_file(one)), None)
        return newest or ready or self.task.name

    # ------------------------------------------------------------------ runs

    @property
    def run(self) -> Run | None:
        """The run whose numbers are shown."""
        return next((run for run in self.runs if run.id == self.run_id), None)

    def run_rows(self) -> list[tuple[str, str, str, str]]:
        """The table of runs, newest first."""
        return [
            (str(run.id), run_status_words(run.status), run_numbers.dice_words(run), run.title) for run in self.runs
        ]

    def run_words(self) -> str:
        """What there is to say about the chosen run."""
        run = self.run
        if run is None:
            return _("No run yet. Predict below, or finetune in the step before.")
        told = [
            _("{kind} of {when}, seed {seed}.").format(
                kind=run_kind_words(run.kind), when=f"{run.created:%Y-%m-%d %H:%M}", seed=run.seed
            )
        ]
        if run.error:
            told.append(" ".join(str(run.error.get(part, "")) for part in ("what", "why", "next")))
        for warning in run.results.get("warnings", [])[:2]:
            told.append(str(warning.get("what", "")))
        return " ".join(told)

    def metric_rows(self) -> list[run_numbers.Row]:
        """Numbers of the chosen run by quality: all cases first, then high, then low."""
        evaluation = self._evaluation()
        return run_numbers.rows(evaluation) if evaluation is not None else []

    def metric_words(self) -> str:
        """Why there are no numbers, or what they were measured on."""
        run = self.run
        evaluation = self._evaluation()
        if run is None:
            return ""
        if evaluation is None:
            return _("Evaluate a prediction to see how it agrees with the readers, by quality.")
        return _("Run {run}: {title}").format(run=evaluation.id, title=evaluation.title)

    @property
    def can_evaluate(self) -> bool:
        """True when the chosen run is a prediction that is done."""
        return self.run is not None and self.run.kind == "predict" and self.run.status == "done"

    @property
    def can_resume(self) -> bool:
        """True when the chosen run stopped before its end."""
        study, run = self.session.study, self.run
        return study is not None and run is not None and run.id in [one.id for one in interrupted(study)]

    # ------------------------------------------------------------------ predictions

    def predict_rows(self) -> list[tuple[str, str, str]]:
        """The table of cases to predict."""
        study = self.session.study
        if study is None:
            return []
        quality = strata(study)
        found = self._found(study)
        return [
            (
                self.session.label(case),
                quality_words(quality.get(case.id)),
                found.get(case.id, annotation_words(None)),
            )
            for case in self.session.cases
        ]

    def _found(self, study: Study) -> dict[int, str]:
        """What there is of each case: its outline, or what was given or predicted for the whole exam."""
        task = self.task
        if task.segments:
            return {one.case_id: annotation_words(one) for one in study.annotations.all_current(task.name).values()}
        reader = self.session.reader
        return {
            case_id: _("{status}: {answer}").format(
                status=answer_status_words(one), answer=answer_words(task, numbers_of(task, one.values))
            )
            if may_see(study, reader, case_id, task)
            else _("{status}, hidden until you have answered").format(status=answer_status_words(one))
            for case_id, one in study.answers.all_current(task.name).items()
        }

    def untrained(self) -> list[int]:
        """Indexes of the cases that the chosen model has never seen; all of them for a card."""
        study = self.session.study
        if study is None or not self.predictors:
            return []
        model = self.predictors[self.predictor].model
        cases = self.session.cases
        unseen = cases if isinstance(model, str) else not_trained_on(study, model, cases)
        ids = {case.id for case in unseen}
        return [index for index, case in enumerate(cases) if case.id in ids]

    def prepare_predict(self, chosen: list[int]) -> PreparedRun:
        """Record a prediction of the cases with these indexes."""
        cases = [self.session.cases[index] for index in chosen]
        return prepare_predict(
            self.session.needed(),
            self.predictors[self.predictor].model,
            cases,
            weights=self.weights if self.file_card is not None else None,
            task=self.task.name if self.file_card is not None else None,
            options=PredictOptions(
                flips=self.maps_uncertainty and not self.task.sided, uncertainty=self.maps_uncertainty
            ),
        )

    def prepare_evaluate(self) -> PreparedRun:
        """Record an evaluation of the chosen prediction."""
        assert self.run is not None
        return prepare_evaluate(self.session.needed(), self.run)

    def prepare_resume(self) -> PreparedRun:
        """Go on with the chosen run where it stopped."""
        assert self.run is not None
        return prepare_resume(self.session.needed(), self.run)

    def first_draft(self) -> Case | None:
        """The first case with a draft of the task, to review next."""
        study = self.session.study
        if study is None:
            return None
        waiting: Collection[int] = (
            waiting_drafts(study, self.task) if self.task.segments else unjudged(study, self.task)
        )
        return next((case for case in self.session.cases if case.id in waiting), None)

    # ------------------------------------------------------------------ inside

    def _predictors(self) -> list[Predictor]:
        study = self.session.study
        own = [model for model in (study.models.all() if study is not None else []) if model.task == self.task.name]
        found = [
            Predictor(text=_("{name}: {title}").format(name=model.name, title=self._run_title(model)), model=model)
            for model in reversed(own)
        ]
        known = self.session.cards
        found += [
            Predictor(text=_("{title} (as it comes)").format(title=one.title), model=one.name)
            for one in known
            if one.task == self.task.name and not needs_file(one)
        ]
        return found + [
            Predictor(text=_("{title}, your weights file").format(title=one.title), model=one.name, file_for=one)
            for one in known
            if needs_file(one) and one.task in (None, self.task.name) and self._fits(one)
        ]

    def _fits(self, card: ModelCard) -> bool:
        return (card.predicts == "segmentation") == self.task.segments

    def _run_title(self, model: Model) -> str:
        run = next((run for run in self.runs if run.id == model.run_id), None)
        known = {one.name: one.title for one in self.session.cards}
        return run.title if run is not None else known.get(model.card, model.card)

    def _evaluation(self) -> Run | None:
        """The chosen run if it is an evaluation, else the newest evaluation of the chosen prediction."""
        run = self.run
        if run is None or run.kind == "evaluate":
            return run if run is not None and run.status == "done" else None
        return next(
            (
                other
                for other in self.runs
                if other.kind == "evaluate"
                and other.status == "done"
                and other.config.get("predict_run_id") == run.id
            ),
            None,
        )
