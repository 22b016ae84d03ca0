"""Rating without Qt: idle pause, next open case, form with a choice."""

from __future__ import annotations

from typing import Any

from QualityFinetuneLib.widgets.rate import score_words
from QualityFinetuneLib.widgets.rate.presenter import RatePresenter
from QualityFinetuneLib.workflow.rating import Rater


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_pause_of_the_reader_is_said(session: Any) -> None:
    clock = Clock()
    presenter = RatePresenter(session, make_rater=lambda *a: Rater(*a, clock=clock, idle_after_s=60))
    session.show_case(session.cases[0].id)
    presenter.load()
    clock.now = 30
    assert score_words.time(presenter.filling) == "Time 0:30"
    clock.now = 600
    assert score_words.time(presenter.filling) == "Paused at 1:00"
    presenter.touch()
    clock.now = 601
    assert score_words.time(presenter.filling) == "Time 1:01"


def test_nothing_is_rated_without_a_case(session: Any) -> None:
    presenter = RatePresenter(session)
    assert presenter.load() is None
    assert presenter.score is None and presenter.form is None and presenter.decision is None
    assert presenter.other_readings() == "" and presenter.value("t2w_snr") is None and not presenter.unchanged


def test_the_next_open_case_is_looked_for_around(session: Any) -> None:
    presenter = RatePresenter(session)
    last = session.cases[-1].id
    session.show_case(last)
    assert presenter.next_open_case() == session.cases[0].id


def test_an_earlier_reading_is_taken_up(session: Any) -> None:
    presenter = RatePresenter(session)
    session.show_case(session.cases[0].id)
    rater = presenter.load()
    for item in rater.form.items(rater.protocol):
        presenter.answer(item.id, True)
    presenter.save()
    again = RatePresenter(session)
    again.load()
    assert again.value("t2w_snr") is True and again.unchanged
    again.answer("t2w_snr", False)
    assert not again.unchanged
