"""Finetuning without Qt: what can start, and why not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.finetune.options import DEFAULT_EPOCHS
from QualityFinetuneLib.widgets.finetune.presenter import FinetunePresenter
from QualityFinetuneLib.widgets.session import Session


@pytest.fixture
def presenter(rated_once: Path, tmp_path: Path) -> Any:
    """For the gland, from scratch, in a study whose cases are all rated."""
    session = Session()
    session.open(Path(shutil.copytree(rated_once, tmp_path / "Rated")))
    made = FinetunePresenter(session)
    made.choose_task("gland")
    made.choose_mode("scratch")
    yield made
    session.close()


def test_every_rated_case_that_can_be_trained_on_is_proposed(presenter: Any) -> None:
    choices, pool = presenter.choices, presenter.pool
    assert (choices.high, choices.low) == (pool.trainable("high"), pool.trainable("low"))
    assert choices.high + choices.low > 0 and not choices.everything
    assert presenter.problem() == ""


def test_an_unrated_study_proposes_all_its_cases(session: Any) -> None:
    presenter = FinetunePresenter(session)
    presenter.choose_task("gland")
    assert presenter.choices.everything and presenter.choices.high == presenter.choices.low == 0


def test_no_more_cases_can_be_asked_for_than_there_are(presenter: Any) -> None:
    presenter.choices.high = presenter.choices.low = 1000
    presenter.refresh()
    assert presenter.choices.high == presenter.pool.trainable("high")
    assert presenter.choices.low == presenter.pool.trainable("low")


def test_another_way_to_train_brings_its_epochs_unless_others_were_chosen(presenter: Any) -> None:
    presenter.choose_mode("full")
    assert presenter.choices.epochs == DEFAULT_EPOCHS["full"]
    presenter.choices.epochs = 7
    presenter.choose_mode("frozen")
    assert presenter.choices.epochs == 7 and presenter.choices.mode == "frozen"


def test_what_is_asked_for_is_what_was_chosen_and_nothing_is_asked_for_in_vain(presenter: Any) -> None:
    presenter.choices.seed, presenter.choices.epochs, presenter.choices.low = 11, 3, 0
    request = presenter.request()
    assert (request.task, request.seed, request.options.epochs, request.options.mode) == ("gland", 11, 3, "scratch")
    assert (request.mix.high, request.mix.low) == (presenter.choices.high, 0)
    presenter.choices.high = 0
    assert presenter.problem() == "Choose at least one case to train on."
    with pytest.raises(UserError) as told:
        presenter.request()
    assert told.value.code == ErrorCode.TOO_FEW_CASES and told.value.why == presenter.problem()


def test_a_pretrained_encoder_can_be_started_from_for_any_task(presenter: Any) -> None:
    study = presenter.session.needed()
    folder = study.folder / "runs" / "9" / "best"
    folder.mkdir(parents=True)
    model = study.models.add(name="pretrained 9", card="taps_gland", folder=folder, sha256="0" * 64, task=None)
    for task in ("gland", "zones"):
        presenter.choose_task(task)
        presenter.choices.start = [start.model for start in presenter.starts].index(model)
        presenter.choose_mode("full")
        assert presenter.problem() == ""
        assert presenter.request().start_from == model.id
