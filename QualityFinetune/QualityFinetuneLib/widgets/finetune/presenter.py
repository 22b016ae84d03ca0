"""What the Finetune panel shows and asks for, without Qt: a request, whether it can start, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...engine.protocol.jobs import TrainOptions
from ...models.cards import ModelCard
from ...study.records import Model
from ...workflow.finetuning import FinetuneRequest, prepare_finetune
from ...workflow.prepared import PreparedRun
from ...workflow.selecting import Mix
from ..i18n import tr as _
from ..session import Session
from ..words import duration_words, mode_words
from . import card_words
from .mix import Pool, pool_of
from .options import DEFAULT_EPOCHS, MODES, USUAL_RATE, sampling_options


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a finetune can start from: a card of the registry, or a model of the study."""

    text: str
    card: ModelCard
    model: Model | None = None


@dataclass
class FinetuneChoices:
    """What is chosen in the panel. `steps_per_epoch` 0 is one a case; `patience` 0 never stops early."""

    task: str = ""
    start: int = 0
    mode: str = "frozen"
    high: int = 0
    low: int = 0
    everything: bool = False
    epochs: int = 30
    steps_per_epoch: int = 0
    seed: int = 0
    learning_rate: float = USUAL_RATE
    patience: int = 0
    sampling: str = "uniform"
    from_stage: int = 2
    weights: Path | None = None
    licence_accepted: bool = False


@dataclass
class FinetunePresenter:
    """Keeps the choices within what the study holds."""

    session: Session
    choices: FinetuneChoices = field(default_factory=FinetuneChoices)
    pool: Pool | None = None
    starts: list[Start] = field(default_factory=list)

    @property
    def tasks(self) -> list[Task]:
        """What can be learned."""
        return self.session.tasks

    @property
    def task(self) -> Task:
        """The chosen task."""
        return self.session.task_named(self.choices.task)

    @property
    def start(self) -> Start | None:
        """What is chosen to start from."""
        return self.starts[self.choices.start] if 0 <= self.choices.start < len(self.starts) else None

    def modes(self) -> list[tuple[str, str]]:
        """The ways to train, as (text, value)."""
        return [(mode_words(mode), mode) for mode in MODES]

    def refresh(self) -> None:
        """Look up what the study holds now, and bound the choices by it."""
        study = self.session.study
        before = self.start
        self.choices.task = self.task.name
        self.starts = self._starts()
        texts = [start.text for start in self.starts]
        self.choices.start = texts.index(before.text) if before is not None and before.text in texts else 0
        self.pool = pool_of(study, self.task) if study is not None else None
        self._bound()

    def choose_task(self, name: str) -> None:
        """Another task; all its cases of known quality are proposed."""
        self.choices.task = name
        self.refresh()
        self.propose()

    def propose(self) -> None:
        """Propose every rated case that can be trained on, or every case when none is rated."""
        if self.pool is None:
            return
        self.choices.high = self.pool.trainable("high")
        self.choices.low = self.pool.trainable("low")
        self.choices.everything = self.choices.high + self.choices.low == 0

    def choose_mode(self, mode: str) -> None:
        """Another way to train, with its usual number of epochs unless another was chosen."""
        if self.choices.epochs == DEFAULT_EPOCHS[self.choices.mode]:
            self.choices.epochs = DEFAULT_EPOCHS[mode]
        self.choices.mode = mode

    def problem(self) -> str:
        """Why it cannot start yet, with what to do; empty when it can."""
        if self.session.study is None or self.pool is None:
            return _("Open a study in the first step.")
        if self.pool.problem is not None:
            return f"{self.pool.problem.what} {self.pool.problem.next}"
        if not any(case.usable for case in self.pool.cases):
            if not self.task.segments:
                return _("{task} is known of no case yet. Answer it in Review, or import a table.").format(
                    task=self.task.title
                )
            return _("No case has a reviewed outline for {task} yet. Accept or draw some in Review.").format(
                task=self.task.title
            )
        if self.pool.all_trainable == 0 and not self.task.segments:
            return _("No case with a known answer is in the training part. Draw a new split in Study.")
        if self.pool.all_trainable == 0:
            return _("No case with a reviewed outline is in the training part. Draw a new split in Study.")
        if not self.choices.everything and self.choices.high + self.choices.low == 0:
            return _("Choose at least one case to train on.")
        start = self.start
        if start is None:
            return _("Choose a model.")
        if self.choices.mode == "scratch" or start.model is not None:
            return ""
        if card_words.needs_file(start.card):
            if self.choices.weights is None:
                return _("Choose the weights file of this model, or train from scratch.")
            if not self.choices.licence_accepted:
                return _("Accept the terms of the weights first.")
        try:
            missing = card_words.missing_weights(start.card, engine_python=self.session.study.settings.engine_python)
        except UserError as error:
            return f"{error.what} {error.why} {error.next}"
        return _("The weights are not on this computer. {how}").format(how=missing) if missing else ""

    def notes(self) -> list[str]:
        """What is worth knowing before a start, though it stops nothing."""
        told = []
        if self.pool is not None and self.pool.outside:
            told.append(
                _("{count} cases with an outline are not in the split; a new split in Study includes them.").format(
                    count=self.pool.outside
                )
            )
        if self.pool is not None and not self.pool.problem and self.pool.all_trainable and not self.pool.validating:
            told.append(_("No case is left to pick the best epoch; the last epoch is kept."))
        return told

    def expected(self) -> str:
        """How long it will take, from the last finetune of this study in the same mode; or that nobody knows yet."""
        study = self.session.study
        seconds = self._seconds_a_step() if study is not None else None
        steps = self.choices.epochs * (self.choices.steps_per_epoch or self._cases_chosen())
        if seconds is None or not steps:
            return _("How long it takes is shown once it has started.")
        return _("Expect about {time}, as the last such run took.").format(time=duration_words(seconds * steps))

    def request(self) -> FinetuneRequest:
        """What is asked for.

        Raises:
            UserError: TOO_FEW_CASES with the reason when it cannot start.
        """
        problem = self.problem()
        start = self.start
        if problem or start is None or self.pool is None:
            raise UserError(
                ErrorCode.TOO_FEW_CASES,
                what=_("Finetuning cannot start yet."),
                why=problem,
                next=_("Change the choices in this step."),
            )
        choices = self.choices
        return FinetuneRequest(
            task=choices.task,
            card=start.card.name,
            start_from=start.model.id if start.model is not None else None,
            weights=choices.weights if start.model is None and card_words.needs_file(start.card) else None,
            mix=Mix() if choices.everything else Mix(high=choices.high, low=choices.low),
            split=self.pool.split,
            options=TrainOptions(
                mode=choices.mode,  # type: ignore[arg-type]
                epochs=choices.epochs,
                steps_per_epoch=choices.steps_per_epoch or None,
                learning_rate=choices.learning_rate,
                patience=choices.patience or None,
                from_stage=choices.from_stage if choices.mode == "partial" else None,
                **sampling_options(choices.sampling),
            ),
            seed=choices.seed,
        )

    def prepare(self) -> PreparedRun:
        """Record the run and write its job; nothing is started."""
        return prepare_finetune(self.session.needed(), self.request())

    def _starts(self) -> list[Start]:
        usable = {card.name: card for card in self.session.cards if self._learns(card)}
        found = [Start(text=card.title, card=card) for card in usable.values()]
        # What works without a download comes first.
        found.sort(key=lambda start: (card_words.needs_file(start.card), start.text))
        study = self.session.study
        own = study.models.all() if study is not None else []
        return found + [
            Start(
                text=_("{name} (this study)").format(name=model.name),
                card=usable[model.card],
                model=model,
            )
            for model in own
            # A pretrained encoder has no task yet and can learn any.
            if model.card in usable and model.task in (None, self.choices.task)
        ]

    def _learns(self, card: ModelCard) -> bool:
        """Any network can answer for a whole exam with its encoder; only one that segments can draw a mask."""
        return card.predicts == "segmentation" or not self.task.segments

    def _bound(self) -> None:
        if self.pool is None:
            return
        self.choices.high = min(self.choices.high, self.pool.trainable("high"))
        self.choices.low = min(self.choices.low, self.pool.trainable("low"))

    def _cases_chosen(self) -> int:
        if self.choices.everything and self.pool is not None:
            return self.pool.all_trainable
        return self.choices.high + self.choices.low

    def _seconds_a_step(self) -> float | None:
        for run in reversed(self.session.needed().runs.all(kind="finetune")):
            options = run.config.get("request", {}).get("options", {})
            trained = sum(case.get("part") == "train" for case in run.config.get("cases", []))
            steps = options.get("epochs", 0) * (options.get("steps_per_epoch") or trained)
            elapsed = run.results.get("elapsed_s")
            if run.status == "done" and options.get("mode") == self.choices.mode and steps and elapsed:
                return float(elapsed) / steps
        return None
