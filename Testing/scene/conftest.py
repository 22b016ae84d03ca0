"""A scene, a study, and what puts small exams on hard grids into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from harness.exams import GRIDS, image_on, mr_on, volume_node
from QualityFinetuneLib.cases.grid import Geometry
from QualityFinetuneLib.cases.roles import Role


@pytest.fixture(params=sorted(GRIDS))
def grid(request: pytest.FixtureRequest) -> Geometry:
    """Each kind of grid in turn."""
    return GRIDS[request.param]


@pytest.fixture
def oblique() -> Geometry:
    return GRIDS["oblique"]


@pytest.fixture(scope="session")
def _application() -> Any:
    pytest.importorskip("slicer", reason="slicer-core is not installed")
    from QualityFinetuneLib.scene import headless

    return headless.start()


@pytest.fixture
def scene(_application: Any) -> Iterator[Any]:
    """The scene, emptied after each test but for views and presets."""
    yield _application
    _application.Clear(False)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Any]:
    """An empty blinded study."""
    from QualityFinetuneLib.study.study import Study

    with Study.create(tmp_path / "study", name="Scene") as study:
        yield study


@pytest.fixture
def add_case(study: Any) -> Callable[..., Any]:
    """Adds a case: `add_case(geometry, name="Smith", roles=(Role.T2W,), simulated=False)`."""
    from QualityFinetuneLib.study.records import NewSeries

    def add(
        geometry: Geometry, *, name: str = "Smith", roles: tuple[Role, ...] = (Role.T2W,), simulated: bool = False
    ) -> Any:
        folder = study.paths.new_case(name)
        series = []
        for number, role in enumerate(roles):
            path = study.paths.series(folder, f"{role.value}-{number}")
            sitk.WriteImage(image_on(geometry, mr_on(geometry)), str(path))
            diffusion = role in (Role.HBV, Role.DWI)
            series.append(
                NewSeries(
                    role=role,
                    name=f"{name} {role.value}",
                    path=path,
                    b_value=1400.0 if diffusion else None,
                    time_index=number if role is Role.DCE else None,
                )
            )
        return study.cases.add(patient=name, exam=name, name=name, series=series, simulated=simulated)

    return add


@pytest.fixture
def add_annotation(study: Any) -> Callable[..., Any]:
    """Adds a mask of a case: `add_annotation(case, geometry, voxels, task="zones", status="draft")`."""
    from QualityFinetuneLib.study.records import NewAnnotation

    def add(case: Any, geometry: Geometry, voxels: np.ndarray, *, task: str = "zones", status: str = "draft") -> Any:
        path = study.paths.new_annotation(case, task)
        sitk.WriteImage(image_on(geometry, voxels), str(path))
        return study.annotations.add(
            NewAnnotation(case_id=case.id, task=task, origin="imported", status=status, path=path)
        )

    return add


@pytest.fixture
def zones() -> Any:
    from QualityFinetuneLib.cases.tasks import load_task

    return load_task("zones")


@pytest.fixture
def a_volume(scene: Any, oblique: Geometry) -> Any:
    """A volume node on an oblique grid, outside any study."""
    return volume_node(scene, oblique)


@pytest.fixture
def slice_views(scene: Any) -> Iterator[dict[str, Any]]:
    """The three slice nodes of the standard layout, by name."""
    import slicer

    logics, nodes = [], {}
    for name in ("Red", "Yellow", "Green"):
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLScene(scene)
        there = scene.GetSingletonNode(name, "vtkMRMLSliceNode")
        if there is None:
            there = logic.AddSliceNode(name)
        else:
            logic.SetSliceNode(there)
        logic.ResizeSliceNode(400, 300)
        logics.append(logic)
        nodes[name] = there
    yield nodes
    for logic in logics:
        logic.SetMRMLScene(None)
