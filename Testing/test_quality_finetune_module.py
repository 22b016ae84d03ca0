"""The module file as Slicer loads it: metadata, install card, reload, and nothing left behind when it closes."""

from __future__ import annotations

import ast
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MODULE = CHECKOUT / "QualityFinetune" / "QualityFinetune.py"
NEEDED = {"__future__", "sys", "pathlib", "typing", "slicer"}


@pytest.fixture
def loaded() -> Any:
    pytest.importorskip("PySide6")
    pytest.importorskip("slicer")
    from harness.module import module
    from harness.slicer_app import reset_scene, start

    start()
    with module(MODULE) as one:
        yield one
    reset_scene()


def imports_of(tree: ast.Module) -> set[str]:
    """Packages imported at file scope, type checking aside."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_the_module_file_is_thin_and_imports_nothing_that_may_be_missing() -> None:
    text = MODULE.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 130
    assert imports_of(ast.parse(text)) <= NEEDED


def test_what_is_loaded_before_the_packages_are_there_needs_only_the_standard_library() -> None:
    widgets = CHECKOUT / "QualityFinetune" / "QualityFinetuneLib" / "widgets"
    allowed = set(sys.stdlib_module_names) | {"slicer", "qt", ""}
    for name in ("module_widget", "install_card", "packages", "message_card", "ui_files", "i18n", "theme"):
        tree = ast.parse((widgets / f"{name}.py").read_text(encoding="utf-8"))
        absolute = {
            (node.module or "").split(".")[0]
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 0
        } | {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        relative = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom) and node.level > 0}
        assert absolute <= allowed, name
        assert relative <= {
            "common.errors", "common.resources", "i18n", "message_card", "packages", "ui_files", "install_card",
        }, name  # fmt: skip


def test_the_module_describes_itself(loaded: Any) -> None:
    parent = loaded.module.parent
    assert parent.title == "Quality Finetune"
    assert parent.contributors == ["QualityFinetune contributors"]
    assert "on this computer" in parent.helpText


def test_the_icon_of_the_module_is_there() -> None:
    assert (CHECKOUT / "QualityFinetune/Resources/Icons/QualityFinetune.png").is_file()


def test_the_panels_are_shown_and_follow_enter_and_exit(loaded: Any) -> None:
    panels = loaded.widget.module.panels
    assert panels.entered and panels.widget.isVisible()
    loaded.exit()
    assert not panels.entered
    loaded.enter()
    assert panels.entered


def test_the_logic_opens_a_study_for_scripts(loaded: Any, tmp_path: Path) -> None:
    from QualityFinetuneLib.study.study import Study

    Study.create(tmp_path / "study", name="Scripted").close()
    with loaded.widget.logic.openStudy(tmp_path / "study") as study:
        assert study.name == "Scripted"


def test_cleanup_removes_the_observers_of_the_scene(loaded: Any) -> None:
    import slicer

    module = loaded.widget.module
    scene = slicer.mrmlScene
    tags = [tag for _scene, tag in module._observers]
    assert tags and all(scene.HasObserver(event) for event in (scene.StartCloseEvent, scene.EndCloseEvent))
    loaded.widget.cleanup()
    assert module._observers == [] and module.panels is None
    loaded.widget.cleanup()


def test_a_reload_reads_every_file_of_the_library_anew(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    base = type(loaded.widget).__mro__[1]
    reloaded: list[str] = []
    monkeypatch.setattr(base, "onReload", lambda self: reloaded.append(self.moduleName), raising=False)
    kept = {name: one for name, one in sys.modules.items() if name.split(".")[0] == "QualityFinetuneLib"}
    try:
        loaded.widget.onReload()
        assert reloaded == ["QualityFinetune"]
        assert not [name for name in sys.modules if name.split(".")[0] == "QualityFinetuneLib"]
    finally:
        sys.modules.update(kept)


def test_a_reload_goes_on_where_the_module_was_shown(loaded: Any) -> None:
    import slicer

    kept = {name: one for name, one in sys.modules.items() if name.split(".")[0].startswith("QualityFinetune")}
    before = loaded.widget
    try:
        before.onReload()
        after = slicer.modules.QualityFinetuneWidget
        assert after is not before and before.module is None
        assert after.module.entered and after.module.panels.entered
        after.cleanup()
    finally:
        for name in [name for name in sys.modules if name.split(".")[0].startswith("QualityFinetune")]:
            del sys.modules[name]
        sys.modules.update(kept)


def test_missing_packages_show_one_card_and_installing_brings_the_panels(loaded: Any) -> None:
    import slicer

    from QualityFinetuneLib.widgets import install_card
    from QualityFinetuneLib.widgets.module_widget import ModuleWidget

    module = ModuleWidget(scene=slicer.mrmlScene, find_missing=lambda: ["SQLAlchemy>=2", "alembic>=1"])
    try:
        card = module.install_card
        assert module.panels is None
        assert card.ui.installPackagesLabel.text == "SQLAlchemy>=2, alembic>=1"
        assert card.ui.installButton.text == "Install 2 packages"
        module.enter()
        card._install = lambda: None
        assert install_card.missing() == []
        card.ui.installButton.click()
        assert module.panels is not None and module.panels.entered and module.install_card is None
    finally:
        module.cleanup()


@pytest.mark.slow
def test_closing_the_module_leaves_no_engine_behind(loaded: Any, cohort: Path, tmp_path: Path) -> None:
    import psutil
    import slicer

    from QualityFinetuneLib.workflow.importing import import_folder

    panels = loaded.widget.module.panels
    panels.session.create(tmp_path / "study", name="Real")
    import_folder(panels.session.study, cohort)
    panels.session.refresh()
    panels.session.read_as("Reader")
    panels.go_to("Finetune")
    panels.finetune.presenter.choose_mode("scratch")
    panels.finetune.refresh()
    panels.finetune.ui.epochsSpin.setValue(1000)
    panels.finetune.ui.startButton.click()
    assert panels.monitor.progress.active, panels.finetune.message.text
    engine = panels.monitor._engine
    deadline = time.monotonic() + 120
    while panels.monitor.progress.state == "starting" and time.monotonic() < deadline:
        slicer.app.processEvents()
        time.sleep(0.02)
    assert panels.monitor.progress.state == "running", panels.finetune.message.text
    pid = engine.pid
    assert psutil.pid_exists(pid)
    folder = panels.session.study.folder
    started = time.monotonic()
    loaded.widget.cleanup()
    assert time.monotonic() - started < 15
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    from QualityFinetuneLib.study.study import Study

    with Study.open(folder) as study:
        assert study.runs.all("finetune")[0].status in ("cancelled", "failed")


def test_the_tests_for_slicer_itself_can_be_loaded(loaded: Any, tmp_path: Path) -> None:
    import unittest

    folder = CHECKOUT / "QualityFinetune" / "Testing" / "Python"
    suite = unittest.defaultTestLoader.discover(str(folder), pattern="QualityFinetune*Test.py")
    result = unittest.TestResult()
    suite.run(result)
    assert result.testsRun >= 3
    assert result.wasSuccessful(), [text for _test, text in (*result.errors, *result.failures)]


def test_reload_and_test_has_something_to_run(loaded: Any) -> None:
    names = SimpleNamespace(**vars(loaded.python))
    assert names.QualityFinetuneTest.runTest is not None
