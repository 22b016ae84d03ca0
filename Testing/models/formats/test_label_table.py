from __future__ import annotations

import pytest

from QualityFinetuneLib.cases.tasks import packaged_tasks
from QualityFinetuneLib.models.formats.label_table import labels_of, table_of


def test_codes_survive_the_table() -> None:
    for task in (one for one in packaged_tasks() if one.segments):
        found = labels_of(table_of(task.labels))
        for label, again in zip(task.labels, found, strict=True):
            assert (again.value, again.name) == (label.value, label.name)
            assert (again.category, again.type, again.type_modifier) == (
                label.category,
                label.type,
                label.type_modifier,
            )


def test_neighbouring_labels_differ_in_colour() -> None:
    (task,) = [task for task in packaged_tasks() if task.name == "zones"]
    first, second = labels_of(table_of(task.labels))
    assert first.color != second.color


@pytest.mark.parametrize("values", [(1, 3), (0, 1), (), (1, 1)])
def test_values_that_do_not_count_from_one_are_refused(values: tuple[int, ...]) -> None:
    (task,) = [task for task in packaged_tasks() if task.name == "gland"]
    header, row = table_of(task.labels).splitlines()
    table = "\n".join([header, *(f"{value},{row.split(',', 1)[1]}" for value in values)])
    with pytest.raises(ValueError, match="1, 2, 3"):
        labels_of(table)
