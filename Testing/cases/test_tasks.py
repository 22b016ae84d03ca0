"""Tasks from YAML: the packaged ones, a site's own, and mistakes."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.tasks import load_task, packaged_tasks
from QualityFinetuneLib.common.errors import ErrorCode, UserError

LABEL = """
  - value: {value}
    name: Gland
    short: G
    color: [1, 2, 3]
    category: {{scheme: SCT, value: "1", meaning: a}}
    type: {{scheme: SCT, value: "2", meaning: b}}
"""


def task_file(tmp_path, *, values=(1,), extra=""):
    labels = "".join(LABEL.format(value=value) for value in values)
    path = tmp_path / "own.yaml"
    path.write_text(f"name: own\ntitle: Own\nroles: [t2w, adc]\n{extra}labels:{labels}")
    return path


def test_packaged_tasks_are_valid_and_named_after_their_file() -> None:
    tasks = {task.name: task for task in packaged_tasks()}
    assert {"gland", "zones", "lesion"} <= set(tasks)
    assert all(load_task(name) == task for name, task in tasks.items())
    assert [label.short for label in tasks["zones"].labels] == ["PZ", "TZ"]
    assert tasks["lesion"].roles == (Role.T2W, Role.HBV, Role.ADC)


def test_a_site_brings_its_own_task(tmp_path) -> None:
    task = load_task(task_file(tmp_path, values=(1, 2)))
    assert task.roles == (Role.T2W, Role.ADC)
    assert [label.value for label in task.labels] == [1, 2]


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


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UserError) as caught:
        load_task("kidney")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert "gland.yaml" in caught.value.why
