"""What a finetune computes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_search_is_made_once_for_each_python(rated: Any, answers: Any, wait: Any, tmp_path: Path) -> None:
    asked: list[Any] = []
    find = rated.finetune.computer._find_devices

    def counting(**options: Any) -> Any:
        asked.append(options["python"])
        return find(**options)

    rated.finetune.computer._find_devices = counting
    rated.go_to("Finetune")
    wait(lambda: rated.finetune.computer.looking is None)
    rated.go_to("Study")
    rated.go_to("Finetune")
    assert asked == [None]
    rated.finetune.ui.pythonEdit.setText(str(tmp_path / "python3"))
    rated.finetune.ui.pythonEdit.editingFinished.emit()
    wait(lambda: rated.finetune.computer.looking is None)
    assert asked == [None, tmp_path / "python3"]


def test_a_search_that_ends_while_another_step_is_shown_says_nothing(rated: Any, answers: Any, wait: Any) -> None:
    from QualityFinetuneLib.common.errors import ErrorCode, UserError

    answers.no_engine = UserError(ErrorCode.MISSING_PACKAGE, what="No PyTorch.", why="None.", next="Install.")
    rated.go_to("Finetune")
    rated.go_to("Study")
    wait(lambda: rated.finetune.computer.looking is None)
    assert rated.finetune.message.text == "" and rated.study.message.text == ""
