"""A trial before the training: it tells how long it will take, and leaves no trace in what is learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker import training, trial
from QualityFinetuneLib.engine.worker.feature_cache import FeatureCache
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.patches import Shown
from QualityFinetuneLib.engine.worker.trial import Trial, trial_of

CPU = torch.device("cpu")
CASE = Shown(case=0, words=("a",))


class Clock:
    """Stands in for the time; each trial takes what the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *takes: float) -> None:
        self.now, self._takes = 0.0, list(takes)
        monkeypatch.setattr(trial.time, "perf_counter", lambda: self.now)

    def try_out(self, shown: object) -> None:
        self.now += self._takes.pop(0)


@pytest.mark.parametrize(("takes", "told"), [((0.01,), 0.01), ((1.0, 0.5), 0.5), ((1.0, 1.2), 1.0), ((60.0,), 60.0)])
def test_a_second_time_is_measured_where_the_first_may_mislead(
    monkeypatch: pytest.MonkeyPatch, takes: tuple[float, ...], told: float
) -> None:
    assert trial_of(Clock(monkeypatch, *takes), CASE, None) == Trial(showing_s=told)


def test_encoding_counts_once_a_picture_and_showing_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = Clock(monkeypatch, 7.0, 2.0)
    features = FeatureCache(tmp_path, lambda images: [images], weights="w")
    real = clock.try_out

    def encoding(shown: object) -> None:
        features.encode(torch.ones(1, 1, 2, 2, 2))
        real(shown)

    clock.try_out = encoding  # type: ignore[method-assign]
    found = trial_of(clock, CASE, features)
    assert found == Trial(showing_s=2.0, encoding_s=5.0)
    assert found.seconds(shown=10, encoded=3) == 35.0
    clock._takes = [2.5, 2.5]
    assert trial_of(clock, CASE, features) == Trial(showing_s=2.5), "what is kept is not encoded again"


def test_a_lack_of_memory_tells_nothing_and_other_errors_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, expected in ((torch.OutOfMemoryError("CUDA out of memory."), None), (RuntimeError("shape"), "shape")):
        step = Clock(monkeypatch)
        step.try_out = lambda shown, error=error: (_ for _ in ()).throw(error)  # type: ignore[method-assign]
        if expected is None:
            assert trial_of(step, CASE, None) is None
            continue
        with pytest.raises(RuntimeError, match=expected):
            trial_of(step, CASE, None)


@pytest.mark.parametrize(
    "options",
    [{"mode": "full", "dropout": 0.2}, {"mode": "frozen"}, {"mode": "full", "ema": 0.9, "batch_size": 2}],
    ids=str,
)
def test_what_is_learned_is_the_same_with_and_without_a_trial(
    finetune_job: Callable[..., FinetuneJob], heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict
) -> None:
    weights, losses = [], []
    for name in ("with", "without"):
        if name == "without":
            monkeypatch.setattr(training, "trial_of", lambda *_: None)
        del heard[:]
        job = finetune_job(output=tmp_path / name, epochs=2, **options)
        finetune(job, heard.context(), device=CPU)
        weights.append(torch.load(job.output / "last.pt", weights_only=True)["weights"])
        losses.append([event.value for event in heard.of("metric") if event.name == "loss"])
        said = [event.text for event in heard.of("log") if "first trial" in event.text]
        assert len(said) == (1 if name == "with" else 0)
    assert losses[0] == losses[1]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
