"""An answer without Qt: what is entered, what is seen, what is done with it."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.review.answer_presenter import AnswerPresenter


@pytest.fixture
def presenter(session: Any) -> AnswerPresenter:
    made = AnswerPresenter(session)
    session.show_case(session.cases[0].id)
    made.load(session.task_named("pi_rads"))
    return made


def test_entering_saving_and_changing(presenter: AnswerPresenter) -> None:
    assert presenter.empty and presenter.saved is None and not presenter.unchanged
    presenter.enter((3.0,))
    presenter.save()
    presenter.load(presenter.session.task_named("pi_rads"))
    assert presenter.saved == (3.0,) and presenter.unchanged and presenter.answered() == {1}
    presenter.enter((4.0,))
    assert not presenter.unchanged
    presenter.forget()
    assert presenter.standing.own is None


def test_the_next_open_case_goes_round_and_never_is_the_one_in_view(presenter: AnswerPresenter) -> None:
    session = presenter.session
    session.show_case(session.cases[-1].id)
    assert presenter.next_open_case() == session.cases[0].id
    for case in session.cases[:-1]:
        session.show_case(case.id)
        presenter.load(session.task_named("pi_rads"))
        presenter.enter((3.0,))
        presenter.save()
    session.show_case(session.cases[-1].id)
    assert presenter.next_open_case() is None


def test_nothing_is_saved_in_nobodys_name(presenter: AnswerPresenter) -> None:
    presenter.session.read_as("")
    presenter.load(presenter.session.task_named("pi_rads"))
    presenter.enter((3.0,))
    with pytest.raises(UserError) as told:
        presenter.save()
    assert told.value.code is ErrorCode.BAD_READING and presenter.answered() == set()


def test_there_is_nothing_to_reject_where_nothing_is_seen(presenter: AnswerPresenter) -> None:
    with pytest.raises(UserError) as told:
        presenter.reject()
    assert told.value.code is ErrorCode.NO_LABEL


def test_without_a_study_nothing_is_answered(presenter: AnswerPresenter) -> None:
    presenter.session.close()
    presenter.load(presenter.session.task_named("pi_rads"))
    assert presenter.answered() == set() and not presenter.committed and presenter.empty
