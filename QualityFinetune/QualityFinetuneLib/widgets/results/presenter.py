"""What the Results panel shows and does, without Qt: runs, numbers by quality, what can be predicted with what."""

from __future__ import annotations

from dataclasses import dataclass

from ...cases.tasks import Task, mask_tasks
from ...models.registry import card, cards
from ...study.quality import strata
from ...study.records import Case, Model, Run
from ...workflow.evaluating import prepare_evaluate
from ...workflow.predicting import not_trained_on, prepare_predict
from ...workflow.prepared import PreparedRun
from ...workflow.results import summary_of
from ...workflow.resuming import interrupted, prepare_resume
from ..i18n import tr as _
from ..review.presenter import waiting_drafts
from ..session import Session
from ..words import annotation_words, number_words, quality_words, run_kind_words, run_status_words

STRATA = ("all", "high", "low")


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """What can predict a task: a model of the study, or a card whose own weights solve it."""

    text: str
    model: Model | str


class ResultsPresenter:
    """Runs of the study, newest first, and predictions with the models it has."""

    def __init__(self, session: Session, *, tasks: list[Task] | None = None) -> None:
        self.session = session
        self.tasks = mask_tasks() if tasks is None else tasks
        self.task = self.tasks[0]
        self.runs: list[Run] = []
        self.predictors: list[Predictor] = []
        self.predictor = 0
        self.run_id: int | None = None

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
        self.task = next(task for task in self.tasks if task.name == name)
        self.predictors = self._predictors()
        self.predictor = 0

    def task_of_interest(self) -> str:
        """The task of the newest model, else one that a card solves out of the box."""
        study = self.session.study
        models = [model for model in study.models.all() if model.task] if study is not None else []
        known = {task.name for task in self.tasks}
        newest = next((model.task for model in reversed(models) if model.task in known), None)
        ready = next((one.task for one in cards() if one.task in known), None)
        return newest or ready or self.task.name

    # ------------------------------------------------------------------ runs

    @property
    def run(self) -> Run | None:
        """The run whose numbers are shown."""
        return next((run for run in self.runs if run.id == self.run_id), None)

    def run_rows(self) -> list[tuple[str, str, str, str]]:
        """The table of runs, newest first."""
        return [(str(run.id), run_status_words(run.status), self._dice_words(run), run.title) for run in self.runs]

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

    def metric_rows(self) -> list[tuple[str, str, str, str, str, str]]:
        """Numbers of the chosen run by quality: all cases first, then high, then low."""
        evaluation = self._evaluation()
        if evaluation is None:
            return []
        summary = summary_of(evaluation)
        labels = list(dict.fromkeys(row.label for row in summary))
        rows = []
        for stratum in STRATA:
            for label in labels:
                of_cell = {row.metric: row for row in summary if row.stratum == stratum and row.label == label}
                if not of_cell:
                    continue
                value = {name: row.mean for name, row in of_cell.items()}
                count = max(row.n for row in of_cell.values())
                rows.append(
                    (
                        _("All") if stratum == "all" else quality_words(stratum),
                        label or "–",
                        number_words(value.get("dice")),
                        number_words(value.get("hd95"), 1),
                        number_words(value.get("volume_error_percent"), 1),
                        str(count),
                    )
                )
        return rows

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
        outlines = study.annotations.all_current(self.task.name)
        return [
            (self.session.label(case), quality_words(quality.get(case.id)), annotation_words(outlines.get(case.id)))
            for case in self.session.cases
        ]

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
        return prepare_predict(self.session.needed(), self.predictors[self.predictor].model, cases)

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
        waiting = waiting_drafts(study, self.task)
        return next((case for case in self.session.cases if case.id in waiting), None)

    # ------------------------------------------------------------------ inside

    def _predictors(self) -> list[Predictor]:
        study = self.session.study
        own = [model for model in (study.models.all() if study is not None else []) if model.task == self.task.name]
        found = [
            Predictor(text=_("{name}: {title}").format(name=model.name, title=self._run_title(model)), model=model)
            for model in reversed(own)
        ]
        return found + [
            Predictor(text=_("{title} (as it comes)").format(title=one.title), model=one.name)
            for one in cards()
            if one.task == self.task.name
        ]

    def _run_title(self, model: Model) -> str:
        run = next((run for run in self.runs if run.id == model.run_id), None)
        return run.title if run is not None else card(model.card).title

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

    def _dice_words(self, run: Run) -> str:
        if run.kind == "evaluate" and run.status == "done":
            values = [row.mean for row in summary_of(run) if row.metric == "dice" and row.stratum == "all"]
            found = [value for value in values if value is not None]
            return number_words(sum(found) / len(found)) if found else "–"
        if run.kind == "finetune":
            values = [metric.get("value") for metric in run.results.get("metrics", []) if _is_validation(metric)]
            found = [float(value) for value in values if value is not None]
            return number_words(max(found)) if found else "–"
        return ""


def _is_validation(metric: dict[str, object]) -> bool:
    """The mean Dice over all validation cases and labels of one epoch."""
    of_all = not metric.get("label") and not metric.get("case") and metric.get("stratum") in (None, "all")
    return "dice" in str(metric.get("name", "")) and metric.get("epoch") is not None and of_all
