"""`finetune`: train a model on exactly the mix of cases that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..engine.protocol.jobs import TrainOptions
from ..study.records import Model, Run
from ..study.study import Study
from ..workflow.finetuning import FinetuneRequest, prepare_finetune, preview
from ..workflow.results import best_validation, metric_of, metric_words, waited_for_data
from ..workflow.resuming import prepare_resume
from ..workflow.selecting import DEFAULT_SPLIT, Mix
from .options import JsonOption, Mode, StudyOption, ThreadsOption, find_cases, find_model
from .output import Output
from .running import run_with_progress
from .training_options import (
    AccumulateOption,
    DecoderWarmupOption,
    DropoutOption,
    DropPathOption,
    DryRunOption,
    EmaOption,
    FromStageOption,
    LayerDecayOption,
    LoraRankOption,
    PatienceOption,
    Precision,
    PrecisionOption,
    ResumeOption,
    Sampling,
    SamplingOption,
    StepsPerEpochOption,
    TitleOption,
    WeightHighOption,
    WeightLowOption,
    train_options,
)

_DEFAULTS = TrainOptions()


def finetune(
    task: Annotated[
        str,
        typer.Option(help="gland, zones, lesion, pelvic_anatomy, pi_rads, isup, prostate_volume, or a file's path."),
    ] = "zones",
    model: Annotated[str, typer.Option(help="A card (see `models list`) or a model of the study.")] = "taps_gland",
    weights: Annotated[Path | None, typer.Option(help="Checkpoint file for the card, e.g. ProFound's.")] = None,
    mode: Annotated[
        Mode,
        typer.Option(
            help="frozen: keep the encoder. full: train all. probe: one linear layer on the encoder. partial: train "
            "the encoder from --from-stage on. lora: low-rank corrections of the encoder. scratch: start from random."
        ),
    ] = Mode.FROZEN,
    from_stage: FromStageOption = None,
    lora_rank: LoraRankOption = _DEFAULTS.lora_rank,
    decoder_warmup_epochs: DecoderWarmupOption = _DEFAULTS.decoder_warmup_epochs,
    dropout: DropoutOption = None,
    drop_path: DropPathOption = None,
    high: Annotated[int | None, typer.Option(min=0, help="How many high-quality cases to train on.")] = None,
    low: Annotated[int | None, typer.Option(min=0, help="How many low-quality cases to train on.")] = None,
    case: Annotated[list[str] | None, typer.Option("--case", help="Train on exactly these; repeatable.")] = None,
    split: Annotated[str, typer.Option(help="Split to draw from; its test part is never used.")] = DEFAULT_SPLIT,
    epochs: Annotated[int, typer.Option(min=1)] = _DEFAULTS.epochs,
    steps_per_epoch: StepsPerEpochOption = None,
    batch_size: Annotated[int, typer.Option(min=1)] = _DEFAULTS.batch_size,
    accumulate: AccumulateOption = _DEFAULTS.accumulate,
    learning_rate: Annotated[float, typer.Option()] = _DEFAULTS.learning_rate,
    layer_decay: LayerDecayOption = _DEFAULTS.layer_decay,
    ema: EmaOption = None,
    patience: PatienceOption = None,
    precision: PrecisionOption = Precision.AUTO,
    sampling: SamplingOption = Sampling.UNIFORM,
    weight_high: WeightHighOption = 1.0,
    weight_low: WeightLowOption = 1.0,
    seed: Annotated[int, typer.Option(help="Of the choice of cases and of the training.")] = 0,
    title: TitleOption = None,
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    study: StudyOption = Path(),
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Finetune a model on the mix of high- and low-quality cases that you choose.

    Without --high, --low and --case every labelled case of the training part is used. Patients of the test part are
    never trained on. Ctrl+C stops at the next batch and keeps the best weights.

    * `quality-finetune finetune --task zones --high 4 --low 2 --epochs 30`

    * `quality-finetune finetune --task gland --case "Case 0001" --case "Case 0004" --mode full`

    * `quality-finetune finetune --model profound_conv_fpn --weights FILE --mode lora --ema 0.99 --patience 10`

    * `quality-finetune finetune --task pi_rads` (known answers: `quality-finetune study answers`)

    * `quality-finetune finetune --resume 3`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        if resume is not None:
            prepared = prepare_resume(opened, opened.runs.get(resume))
        else:
            start = find_model(opened, model)
            request = FinetuneRequest(
                task=task,
                card=start.card if start else model,
                start_from=start.id if start else None,
                weights=weights,
                mix=Mix(high=high, low=low),
                case_ids=tuple(found.id for found in find_cases(opened, case)) if case else None,
                split=split,
                options=train_options(
                    mode=mode.value,
                    from_stage=from_stage,
                    lora_rank=lora_rank,
                    decoder_warmup_epochs=decoder_warmup_epochs,
                    dropout=dropout,
                    drop_path=drop_path,
                    epochs=epochs,
                    steps_per_epoch=steps_per_epoch,
                    batch_size=batch_size,
                    accumulate=accumulate,
                    learning_rate=learning_rate,
                    layer_decay=layer_decay,
                    ema=ema,
                    patience=patience,
                    sampling=sampling.value,
                    quality_weights={"high": weight_high, "low": weight_low},
                ),
                precision=precision.value,
                seed=seed,
                title=title,
                threads=threads,
            )
            if dry_run:
                _show(opened, request, output)
                return
            prepared = prepare_finetune(opened, request)
        run = run_with_progress(opened, prepared, output)
        trained = next((one for one in reversed(opened.models.all()) if one.run_id == run.id), None)
        _tell(run, trained, output)


def _show(study: Study, request: FinetuneRequest, output: Output) -> None:
    selection = preview(study, request)
    rows = [
        [part, study.display_name(study.cases.get(case_id)), selection.quality[case_id] or "not rated"]
        for part, ids in (("train", selection.train), ("validate", selection.validate))
        for case_id in ids
    ]
    output.table("This finetune would use", ["Part", "Case", "Quality"], rows)
    output.document({"train": selection.train, "validate": selection.validate, "split": selection.split.name})


def _tell(run: Run, model: Model | None, output: Output) -> None:
    best, metric = best_validation(run), metric_of(run)
    if model is not None:
        reached = f", validation {metric_words(metric)} {best:.3f}" if best is not None else ""
        output.say(f'Run {run.id} is done: the model is called "{model.name}"{reached}.')
        waited = waited_for_data(run)
        if waited is not None:
            output.say(f"The network waited for data in {100 * waited:.1f} % of the time of its steps.")
        output.say(f'Next: quality-finetune predict --model "{model.name}" --held-out')
    output.document(
        {
            "run": run.id,
            "status": run.status,
            "model": {"id": model.id, "name": model.name, "folder": model.folder} if model else None,
            "metric": metric,
            "best_validation": best,
            "best_validation_dice": best if metric == "dice" else None,
            "waited_for_data": waited_for_data(run),
            "elapsed_s": run.results.get("elapsed_s"),
        }
    )
