"""A job survives its file, and a wrong file is told by line and key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.job_file import load_job, save_job
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, FinetuneJob, PredictJob, ServeJob, TrainOptions


def test_every_kind_of_job_comes_back_from_its_file(
    finetune_job, predict_job: PredictJob, evaluate_job: EvaluateJob, tmp_path: Path
) -> None:
    for job in (finetune_job(), predict_job, evaluate_job, ServeJob(output=tmp_path / "serve")):
        assert load_job(save_job(job)) == job


@given(
    st.builds(
        TrainOptions,
        learning_rate=st.floats(1e-8, 10, allow_nan=False),
        epochs=st.integers(1, 10**6),
        patch=st.none() | st.tuples(*[st.integers(1, 512)] * 3),
        mode=st.sampled_from(["full", "frozen", "scratch"]),
    )
)
@settings(max_examples=25, deadline=None)
def test_options_keep_every_digit(tmp_path_factory: pytest.TempPathFactory, options: TrainOptions) -> None:
    path = tmp_path_factory.mktemp("job") / "options.yaml"
    path.write_text(yaml.safe_dump(options.model_dump(mode="json")), encoding="utf-8")
    assert TrainOptions.model_validate(yaml.safe_load(path.read_text("utf-8"))) == options


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "trian"}, "'finetune', 'pretrain', 'predict'"),
        ({"options": {"epochs": 0}}, "options.epochs"),
        ({"options": {"mode": "half"}}, "'full', 'frozen', 'probe', 'partial', 'lora' or 'scratch'"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_mistake_is_told_by_key_and_allowed_values(finetune_job, change: dict, words: str) -> None:
    job = finetune_job()
    path = save_job(job)
    data = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump(data | change), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_job(path)
    assert caught.value.code is ErrorCode.BAD_JOB
    assert words in caught.value.why and "ine " in caught.value.why


@pytest.mark.parametrize("text", ["", "kind: [", "- 1\n- 2\n", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_job_at_all_is_a_bad_job(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_job(path)
    assert caught.value.code is ErrorCode.BAD_JOB


def test_a_missing_file_is_a_bad_job(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_job(tmp_path / "absent.yaml")
    assert caught.value.code is ErrorCode.BAD_JOB


def test_the_finetune_job_of_a_path_with_umlauts_survives(finetune_job, tmp_path: Path) -> None:
    job: FinetuneJob = finetune_job(output=tmp_path / "Größe mit Leerzeichen")
    assert load_job(save_job(job)).output == job.output
