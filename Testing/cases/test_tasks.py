"""Tasks from YAML: the packaged ones, a site's own, and mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import LOSSES, METRICS, Task, known_tasks, load_task, packaged_tasks
from QualityFinetuneLib.common.errors import ErrorCode, UserError

LABEL = """
  - value: {value}
    name: Gland {value}
    short: G{value}
    color: [1, 2, 3]
    category: {{scheme: SCT, value: "1", meaning: a}}
    type: {{scheme: SCT, value: "2", meaning: b}}
"""


def task_file(tmp_path, *, values=(1,), extra=""):
    labels = "".join(LABEL.format(value=value) for value in values)
    path = tmp_path / "own.yaml"
    path.write_text(f"name: own\ntitle: Own\nroles: [t2w, adc]\n{extra}labels:{labels}")
    return path


def answers_file(tmp_path: Path, rest: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(f"name: own\ntitle: Own\nroles: [t2w]\n{rest}")
    return path


def test_packaged_tasks_are_valid_and_named_after_their_file() -> None:
    tasks = {task.name: task for task in packaged_tasks()}
    assert set(tasks) == {"gland", "zones", "lesion", "pelvic_anatomy", "pi_rads", "isup", "prostate_volume"}
    assert all(load_task(name) == task for name, task in tasks.items())
    assert [label.short for label in tasks["zones"].labels] == ["PZ", "TZ"]
    assert tasks["lesion"].roles == (Role.T2W, Role.HBV, Role.ADC)


def test_masks_and_answers_are_told_apart() -> None:
    masks = [task for task in packaged_tasks() if task.segments]
    assert [task.name for task in masks] == ["gland", "lesion", "pelvic_anatomy", "zones"]
    assert all(task.answer == "segmentation" and task.labels and not task.choices for task in masks)
    assert not load_task("pi_rads").segments


def test_pelvic_anatomy_has_eight_structures_so_nine_channels() -> None:
    task = load_task("pelvic_anatomy")
    assert task.outputs == 8
    assert len({label.color for label in task.labels}) == 8
    assert len({(label.type.value, label.type_modifier) for label in task.labels}) == 8


def test_codes_of_packaged_structures_are_those_of_dicom() -> None:
    """pydicom carries the concepts of DICOM PS3.16."""
    from pydicom.sr._concepts_dict import concepts

    known: dict[str, set[str]] = {}
    for by_code in concepts["SCT"].values():
        for code, (meaning, _) in by_code.items():
            known.setdefault(code, set()).add(meaning)
    for label in load_task("pelvic_anatomy").labels:
        for code in (label.type, label.type_modifier):
            assert code is None or code.value in known
        assert label.type.meaning.replace(" of prostate", " of the prostate") in known[label.type.value] or (
            label.type.meaning in known[label.type.value]
        )


def test_grades_are_those_that_readers_give() -> None:
    assert [choice.value for choice in load_task("pi_rads").choices] == [2, 3, 4, 5]
    assert [choice.value for choice in load_task("isup").choices] == [0, 1, 2, 3, 4, 5]
    assert load_task("isup").metric == "quadratic_kappa"
    (volume,) = load_task("prostate_volume").values
    assert (volume.unit, load_task("prostate_volume").volume_of) == ("ml", "gland")


def test_each_kind_has_a_loss_and_a_metric_of_its_own() -> None:
    for task in packaged_tasks():
        assert task.loss == LOSSES[task.answer]
        assert task.metric == METRICS[task.answer][0]


def test_a_task_survives_being_written_into_a_job() -> None:
    for task in packaged_tasks():
        assert Task.model_validate_json(task.model_dump_json()) == task


def test_a_site_brings_its_own_task(tmp_path) -> None:
    task = load_task(task_file(tmp_path, values=(1, 2)))
    assert task.roles == (Role.T2W, Role.ADC)
    assert [label.value for label in task.labels] == [1, 2]


def test_a_site_brings_its_own_question_about_an_exam(tmp_path: Path) -> None:
    choices = "choices: [{value: 0, name: Benign, also: ['NO']}, {value: 1, name: Cancer, also: ['YES']}]\n"
    task = load_task(answers_file(tmp_path, f"answer: classes\nmetric: macro_auc\n{choices}"))
    assert (task.outputs, task.loss, task.metric) == (2, "cross_entropy", "macro_auc")
    assert [choice.brief for choice in task.choices] == ["0", "1"]


@pytest.mark.parametrize("values", [(2,), (1, 3), (1, 1), (2, 1)])
def test_label_values_count_from_one(tmp_path, values) -> None:
    with pytest.raises(UserError, match="1, 2, 3"):
        load_task(task_file(tmp_path, values=values))


def test_an_unknown_key_is_named_with_its_line(tmp_path) -> None:
    with pytest.raises(UserError) as caught:
        load_task(task_file(tmp_path, extra="colour: red\n"))
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert "line 4" in caught.value.why.lower()
    assert "colour" in caught.value.why


TWO = "choices: [{value: 1, name: a}, {value: 2, name: b}]\n"
ML = "values: [{name: V, short: V, unit: ml, lowest: 0, highest: 9}]\n"


@pytest.mark.parametrize(
    ("rest", "key", "why"),
    [
        ("", "labels", "segmentation needs labels"),
        ("answer: grade\n", "answer", "'grades'"),
        ("answer: grades\n", "choices", "needs at least two choices"),
        ("answer: classes\nchoices: [{value: 1, name: only}]\n", "choices", "at least two"),
        ("answer: labels\n", "choices", "labels needs choices"),
        ("answer: values\n", "values", "needs values"),
        (f"answer: values\n{ML}{TWO}", "choices", "has no choices"),
        (f"answer: classes\n{TWO}{ML}", "values", "has no values"),
        ("answer: grades\nchoices: [{value: 2, name: a}, {value: 1, name: b}]\n", "choices", "lowest value to the"),
        ("answer: classes\nchoices: [{value: 1, name: a}, {value: 1, name: b}]\n", "choices", "the value 1"),
        ("answer: classes\nchoices: [{value: 1, name: a}, {value: 2, name: A}]\n", "choices", "spelling a"),
        ("answer: classes\nchoices: [{value: 1, name: '2'}, {value: 2, name: b}]\n", "choices", "spelling 2"),
        (f"answer: grades\nloss: dice_ce\n{TWO}", "loss", "cumulative_link"),
        (f"answer: grades\nmetric: dice\n{TWO}", "metric", "quadratic_kappa"),
        ("answer: values\nvalues: [{name: V, short: V, unit: ml, lowest: 9, highest: 1}]\n", "highest", "larger"),
        ("answer: values\nvalues: [{name: V, short: V, unit: ml, lowest: 0, highest: .nan}]\n", "highest", "finite"),
        (f"answer: values\n{ML.replace('ml', 'cm')}volume_of: gland\n", "volume_of", "in ml"),
        (f"answer: grades\n{TWO}volume_of: gland\n", "volume_of", "in ml"),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path: Path, rest: str, key: str, why: str) -> None:
    with pytest.raises(UserError) as caught:
        load_task(answers_file(tmp_path, rest))
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert "own.yaml" in caught.value.what
    assert key in caught.value.why and "ine " in caught.value.why
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("color: [1, 2, 3]", "color: [1, 2, 300]", "color"),
        ("meaning: b", "meaning: 'b~c^d|e'", "meaning"),
        ("short: G1", 'short: "G\\n1"', "short"),
        ("title: Own", f"title: {'x' * 200}", "title"),
        ("title: Own", "title: ''", "title"),
    ],
)
def test_words_and_colors_that_no_panel_could_show_are_refused(
    tmp_path: Path, before: str, after: str, key: str
) -> None:
    path = task_file(tmp_path)
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(UserError, match=key) as caught:
        load_task(path)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_two_structures_of_one_name_are_refused(tmp_path: Path) -> None:
    path = task_file(tmp_path, values=(1, 2))
    path.write_text(path.read_text().replace("G2", "g1"))
    with pytest.raises(UserError, match="short name g1"):
        load_task(path)


def test_the_users_own_are_known_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tasks").mkdir()
    task_file(tmp_path / "tasks")
    monkeypatch.setenv("QUALITYFINETUNE_RESOURCES", str(tmp_path))
    assert load_task("own").title == "Own" and "own" in known_tasks().each
    assert "own" not in [task.name for task in packaged_tasks()]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UserError) as caught:
        load_task("kidney")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert "gland, isup" in caught.value.why


def test_a_task_can_only_need_what_it_can_use(tmp_path: Path) -> None:
    assert load_task(task_file(tmp_path, extra="needs: [t2w, adc]\n")).needs == (Role.T2W, Role.ADC)
    with pytest.raises(UserError, match="needs may only name what roles names, not hbv"):
        load_task(task_file(tmp_path, extra="needs: [hbv]\n"))
