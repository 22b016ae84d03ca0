"""Volume nodes of series."""

from __future__ import annotations

from harness.exams import GRIDS
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.scene.volumes import add_volume, find_volume, nodes_of


def test_a_volume_is_found_again_by_what_it_holds(scene, study, add_case):
    case = add_case(GRIDS["flipped"], roles=(Role.T2W, Role.ADC))
    t2w, adc = study.cases.series(case.id)
    assert find_volume(scene, case, t2w) is None
    node = add_volume(scene, case, t2w)
    assert find_volume(scene, case, t2w) is node
    assert find_volume(scene, case, adc) is None
    assert nodes_of(scene, "vtkMRMLScalarVolumeNode") == [node]


def test_the_gland_is_neither_black_nor_white(scene, study, add_case):
    case = add_case(GRIDS["plain"])
    display = add_volume(scene, case, study.cases.first(case.id, Role.T2W)).GetDisplayNode()
    low, high = display.GetWindowLevelMin(), display.GetWindowLevelMax()
    assert low < 100 < 380 < high * 1.2
