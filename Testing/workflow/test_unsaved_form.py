"""What a reading and a decision have in common while they are made."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.unsaved_form import UnsavedForm, technical_findings


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def form(study: Study, clock: Clock) -> UnsavedForm:
    return UnsavedForm(study, study.readers.ensure("Reader A"), study.cases.get(1), clock=clock, idle_after_s=10)


def test_it_starts_empty_with_what_the_headers_say_beside_it(study: Study, form: UnsavedForm) -> None:
    assert form.values == {}
    assert form.findings == technical_findings(study, form.case)
    assert form.progress.answered == 0
    assert form.score.missing == tuple(item.id for item in form.form.items("bpmri") if item.required)


def test_each_answer_counts_and_can_be_taken_back(form: UnsavedForm) -> None:
    form.set("t2w_snr", True)
    assert form.progress.answered == 1 and "t2w_snr" not in form.score.missing
    assert form.set("t2w_snr", None) == form.score
    assert form.progress.answered == 0 and "t2w_snr" in form.score.missing


@pytest.mark.parametrize(("item", "value"), [("no_such_item", True), ("t2w_snr", 7)])
def test_a_wrong_answer_is_refused_and_changes_nothing(
    form: UnsavedForm, clock: Clock, item: str, value: int
) -> None:
    form.set("dwi_snr", False)
    clock.now_s = 5.0
    with pytest.raises(UserError) as told:
        form.set(item, value)
    assert told.value.code is ErrorCode.BAD_READING
    assert form.values == {"dwi_snr": False}


def test_the_values_handed_out_are_a_copy(form: UnsavedForm) -> None:
    form.values["t2w_snr"] = True
    assert form.values == {}


def test_an_answer_is_a_sign_of_activity(form: UnsavedForm, clock: Clock) -> None:
    clock.now_s = 100.0  # away: only ten of them count
    form.set("t2w_snr", True)
    clock.now_s = 103.0
    assert form.timer.active_s == pytest.approx(13.0)


def test_a_form_changed_without_a_new_version_is_told_before_any_work(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = load_form(study.settings.form)
    study.forms.keep(changed)
    other = changed.model_copy(update={"title": "Something else"})
    monkeypatch.setattr("QualityFinetuneLib.workflow.unsaved_form.load_form", lambda _: other)
    with pytest.raises(UserError) as told:
        UnsavedForm(study, study.readers.ensure("Reader A"), study.cases.get(1), clock=Clock())
    assert told.value.code is ErrorCode.CONFLICT


def test_slices_are_known_from_the_voxel_grid_of_a_plain_file(study: Study) -> None:
    assert technical_findings(study, study.cases.get(1))["t2w_slice_thickness"].passed is True
