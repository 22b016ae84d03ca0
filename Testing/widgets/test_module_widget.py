"""What is shown in the module's place, and what it leaves behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def told(desktop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the panels were told; they are replaced by an empty widget."""
    from QualityFinetuneLib.widgets import panels

    calls: list[Any] = []

    class Told:
        def __init__(self, **options: Any) -> None:
            calls.append(options)
            self.widget = desktop.qt.QLabel("Panels")

        def __getattr__(self, name: str) -> Any:
            return lambda: calls.append(name)

    monkeypatch.setattr(panels, "Panels", Told)
    return calls


@pytest.fixture
def scene(desktop: SimpleNamespace) -> Any:
    """A scene of the test's own."""
    return desktop.slicer.vtkMRMLScene()


def test_with_all_packages_the_panels_are_shown_and_told_when_the_module_is(told: list[Any], scene: Any) -> None:
    from QualityFinetuneLib.widgets.module_widget import ModuleWidget

    module = ModuleWidget(scene=scene, find_missing=list, settings="mine")
    assert module.install_card is None and told == [{"scene": scene, "settings": "mine"}]
    assert module.widget.isAncestorOf(module.panels.widget)
    module.enter()
    module.exit()
    assert told[1:] == ["enter", "exit"]
    module.cleanup()


def test_a_missing_package_is_offered_first_and_the_panels_follow_it(told: list[Any], scene: Any) -> None:
    from QualityFinetuneLib.widgets.module_widget import ModuleWidget

    module = ModuleWidget(scene=scene, find_missing=lambda: ["alembic>=1"])
    card = module.install_card
    assert module.panels is None and told == [] and module.widget.isAncestorOf(card.widget)
    module.enter()
    card._installed()
    assert module.install_card is None and told == [{"scene": scene}, "enter"]
    module.cleanup()


def test_the_panels_hear_of_a_closing_scene_until_the_module_is_gone(
    told: list[Any], scene: Any, desktop: SimpleNamespace
) -> None:
    from QualityFinetuneLib.widgets.module_widget import ModuleWidget

    module = ModuleWidget(scene=scene, find_missing=list)
    events = desktop.slicer.vtkMRMLScene
    scene.InvokeEvent(events.StartCloseEvent)
    scene.InvokeEvent(events.EndCloseEvent)
    assert told[1:] == ["scene_closing", "scene_closed"]
    module.cleanup()
    module.cleanup()
    scene.InvokeEvent(events.StartCloseEvent)
    assert told[3:] == ["cleanup"]
    assert not scene.HasObserver(events.StartCloseEvent) and not scene.HasObserver(events.EndCloseEvent)


def test_while_another_scene_is_read_nothing_is_shown_in_it(
    told: list[Any], scene: Any, desktop: SimpleNamespace
) -> None:
    from QualityFinetuneLib.widgets.module_widget import ModuleWidget

    module = ModuleWidget(scene=scene, find_missing=list)
    scene.StartState(scene.BatchProcessState)
    scene.Clear(False)
    assert told[1:] == ["scene_closing"]
    scene.EndState(scene.BatchProcessState)
    assert told[1:] == ["scene_closing", "scene_closed"]
    scene.StartState(scene.BatchProcessState)
    scene.EndState(scene.BatchProcessState)
    assert told[1:] == ["scene_closing", "scene_closed"]
    module.cleanup()
