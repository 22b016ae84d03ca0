"""The loop that the demo walks: study, import, rate, finetune, predict, evaluate, masks, pictures, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..cases.roles import Role
from ..cases.simulated import make_cohort
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.jobs import TrainOptions
from ..experiments.report import write_report
from ..study.export import export_masks
from ..study.quality import strata
from ..study.records import Model, Run
from ..study.study import Study
from ..workflow.evaluating import pairs_of, prepare_evaluate
from ..workflow.finetuning import FinetuneRequest, prepare_finetune
from ..workflow.importing import import_folder
from ..workflow.predicting import not_trained_on, prepare_predict
from ..workflow.results import summary_of
from ..workflow.selecting import DEFAULT_SPLIT, Mix
from .output import Output
from .pictures import overlay_pictures
from .running import bars, run_with_progress
from .simulated_reader import NAME, rate_simulated

FEWEST_FOR_FINETUNE = 3
"""Patients with masks that a finetune needs here: one each to train on, to choose the epoch, and to predict."""
MOST_TRAINED_ON = 8
"""Of a large folder only so many cases are trained on: it is a demo, five minutes long."""
MOST_PREDICTED = 6
COHORT_SIZE = (128, 128, 16)
"""Voxels of the simulated T2w: with 0.8 x 0.8 x 3 mm just what the pelvis around a prostate needs."""


@dataclass(kw_only=True)
class DemoResult:
    """Where everything lies, and the one number a demo may show: mean Dice on cases not trained on."""

    study: Path
    report: Path
    masks: Path
    pictures: Path
    exams: Path | None = None
    task: str = ""
    trained_on: int = 0
    predicted: int = 0
    evaluated: int = 0
    dice: dict[str, float] = field(default_factory=dict)


class DemoLoop:
    """One walk through the loop.

    Args:
        place: an empty folder that receives everything.
        output: where to say what happens.
        model: card to start from.
        options: of the finetune.
        patients: of the simulated cohort.
        seed: of cohort, split and training.
        threads: of the engine.
    """

    def __init__(
        self,
        place: Path,
        *,
        output: Output,
        model: str,
        options: TrainOptions,
        patients: int,
        seed: int,
        threads: int | None,
    ) -> None:
        self._place = place
        self._output = output
        self._model = model
        self._options = options
        self._patients = patients
        self._seed = seed
        self._threads = threads
        self._notes: list[str] = []

    def run(self, exams: Path | None) -> DemoResult:
        """Walk it.

        Args:
            exams: folder of exams; None simulates a cohort.
        """
        place = self._place
        result = DemoResult(
            study=place / "study", report=place / "report.html", masks=place / "masks", pictures=place / "pictures"
        )
        if exams is None:
            result.exams = exams = self._simulate()
        with Study.create(result.study, name="Demo, simulated" if result.exams else "Demo") as study:
            self._import(study, exams)
            self._rate(study, exams)
            task = _task_to_learn(study)
            model = self._finetune(study, task, result) if task else None
            predicted = self._predict(study, model, result)
            self._evaluate(study, predicted, result)
            export_masks(study, result.masks, "nrrd")
            shown = overlay_pictures(study, result.pictures, run=predicted, output=self._output)
            write_report(study, result.report, pictures=shown, note=" ".join(self._notes))
        return result

    def _simulate(self) -> Path:
        exams = self._place / "simulated-exams"
        with bars(self._output) as progress:
            bar = progress.add_task("Simulating exams", total=self._patients, note="", eta_s=None)
            make_cohort(
                exams,
                patients=self._patients,
                seed=self._seed,
                size=COHORT_SIZE,
                progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
        return exams

    def _import(self, study: Study, exams: Path) -> None:
        with bars(self._output) as progress:
            bar = progress.add_task("Importing", total=None, note="", eta_s=None)
            report = import_folder(
                study, exams, progress=lambda done, total: progress.update(bar, completed=done, total=total)
            )
        for message in report.messages:
            self._output.warn(f"{message.path.name}: {message.what}", message.why, message.next)
        if not any(study.cases.first(case.id, Role.T2W) for case in report.added):
            raise UserError(
                ErrorCode.NOT_AN_EXAM,
                what="The demo has nothing to work on.",
                why=f"No exam with an axial T2w series was found in {exams}.",
                next="Check the messages above, or run the demo without a folder.",
            )
        self._output.say(f"Imported {len(report.added)} exams with {report.masks} masks.")

    def _rate(self, study: Study, exams: Path) -> None:
        rated = [case for case in study.cases.all() if rate_simulated(study, case, exams)]
        if rated:
            quality = Counter(strata(study).values())
            self._output.say(
                f"The {NAME} rated {len(rated)} exams by their recipes: "
                f"{quality['high']} of high and {quality['low']} of low quality."
            )
        else:
            self._note(
                "Nobody has rated these exams, and ratings are not made up: their quality is unknown here. "
                "Rate them in the module or with quality-finetune rate to see results by quality."
            )

    def _finetune(self, study: Study, task: str, result: DemoResult) -> Model | None:
        labelled = sorted(study.annotations.trainable(task))
        _split(study, labelled, seed=self._seed)
        split = study.splits.get(DEFAULT_SPLIT)
        quality = Counter(strata(study)[case_id] for case_id in split.part("train"))
        train = split.part("train")[:MOST_TRAINED_ON]
        exact_mix = bool(quality["high"] and quality["low"])
        request = FinetuneRequest(
            task=task,
            mix=Mix(high=min(quality["high"], MOST_TRAINED_ON // 2), low=min(quality["low"], MOST_TRAINED_ON // 2))
            if exact_mix
            else Mix(),
            case_ids=None if exact_mix else tuple(train),
            card=self._model,
            options=self._options,
            seed=self._seed,
            threads=self._threads,
        )
        prepared = prepare_finetune(study, request)
        run = run_with_progress(study, prepared, self._output, title=f"Finetuning ({task})")
        result.task = task
        result.trained_on = sum(entry["part"] == "train" for entry in run.config["cases"])
        return next((model for model in study.models.all() if model.run_id == run.id), None)

    def _predict(self, study: Study, model: Model | None, result: DemoResult) -> Run:
        cases = [case for case in study.cases.all() if study.cases.first(case.id, Role.T2W)]
        if model is None:
            self._note(
                f"Fewer than {FEWEST_FOR_FINETUNE} exams came with masks, so nothing was finetuned: the gland was "
                "outlined by taps_gland as it is. Correct some outlines in Review, and they can be trained on."
            )
            result.task = "gland"
        else:
            labelled = study.annotations.trainable(result.task)
            # Those with a reference first: they can be evaluated.
            cases = sorted(not_trained_on(study, model, cases), key=lambda case: (case.id not in labelled, case.id))
        cases = cases[:MOST_PREDICTED]
        prepared = prepare_predict(study, model or "taps_gland", cases, threads=self._threads)
        run = run_with_progress(study, prepared, self._output, title=f"Predicting ({result.task})")
        result.predicted = len(cases)
        return run

    def _evaluate(self, study: Study, predicted: Run, result: DemoResult) -> None:
        if not pairs_of(study, predicted).pairs:
            self._note("No predicted case has a reference mask, so nothing was measured.")
            return
        run = run_with_progress(study, prepare_evaluate(study, predicted), self._output, title="Evaluating")
        overall = [row for row in summary_of(run) if row.metric == "dice" and row.stratum == "all"]
        result.dice = {row.label: row.mean for row in overall if row.mean is not None}
        result.evaluated = max((row.n for row in overall), default=0)

    def _note(self, text: str) -> None:
        self._notes.append(text)
        self._output.say(text)


def _task_to_learn(study: Study) -> str | None:
    """Zones where enough patients have them, which no packaged weights solve; else the gland; None for neither."""
    for task in ("zones", "gland"):
        if len(_patients(study, study.annotations.trainable(task))) >= FEWEST_FOR_FINETUNE:
            return task
    return None


def _patients(study: Study, case_ids: Iterable[int]) -> set[str]:
    return {study.cases.get(case_id).patient for case_id in case_ids}


def _split(study: Study, labelled: list[int], *, seed: int) -> None:
    """Half to train on, one patient to choose the epoch, the rest kept for testing; evenly over quality."""
    patients = len(_patients(study, labelled))
    validate = 1 / patients
    train = max(1, round(patients * 0.55)) / patients
    train = min(train, 1.0 - 2 * validate)
    study.splits.create(
        DEFAULT_SPLIT,
        seed=seed,
        fractions={"train": train, "validate": validate, "test": 1.0 - train - validate},
        case_ids=labelled,
        strata=strata(study),
    )
