"""Pictures: colours of regions and counts, never whole pictures, because renderers differ."""

from __future__ import annotations

import numpy as np
import pytest

from harness.exams import GRIDS, gland_on, segmentation_node, volume_node
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.scene import names, snapshot
from QualityFinetuneLib.scene.snapshot import save_png, write_png

SIZE = 240
BLUE, YELLOW = np.array([86, 180, 233]), np.array([240, 228, 66])
PICTURE = {"size_px": SIZE, "field_of_view_mm": 12.0, "caption": False}


def take(scene, volume, mask=None, **options):
    return snapshot.snapshot(scene, volume, mask, **{**PICTURE, **options})


def near(pixels: np.ndarray, color: np.ndarray, tolerance: int = 12) -> np.ndarray:
    return np.abs(pixels.astype(int) - color).max(axis=2) <= tolerance


@pytest.fixture
def exam(scene, zones):
    geometry = GRIDS["oblique"]
    volume = volume_node(scene, geometry, voxels=np.full((9, 20, 24), 400, np.int16))
    return volume, segmentation_node(scene, zones, geometry, gland_on(geometry))


def test_the_volume_alone_is_grey_by_window_and_level(scene, exam):
    pixels = take(scene, exam[0], field_of_view_mm=5.0)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - 102).max() <= 2  # 400 of 0 to 1000


def test_both_zones_are_outlined_in_their_colours(scene, exam):
    pixels = take(scene, *exam, fill_opacity=0.0)
    assert near(pixels, BLUE).sum() > SIZE
    assert near(pixels, YELLOW).sum() > SIZE / 3
    grey = np.ptp(pixels.astype(int), axis=2) <= 4
    assert grey.mean() > 0.8


def test_the_fill_tints_the_inside_lightly(scene, exam):
    plain, filled = take(scene, *exam, fill_opacity=0.0), take(scene, *exam, fill_opacity=0.2)
    middle = (slice(100, 140), slice(100, 140))
    shift = filled[middle].astype(int) - plain[middle].astype(int)
    inside = np.abs(shift).max(axis=2) > 5
    assert inside.mean() > 0.5
    assert np.median(np.abs(shift[inside])) < 0.25 * 255


def test_the_gland_is_centred_and_as_large_as_it_is(scene, zones):
    """Oracle: the area of the label in that slice, from the voxels."""
    geometry = GRIDS["plain"]
    voxels = (gland_on(geometry) > 0).astype(np.uint8)
    volume = volume_node(scene, geometry, voxels=np.zeros((9, 20, 24), np.int16))
    mask = segmentation_node(scene, zones, geometry, voxels)
    pixels = take(scene, volume, mask, index=4, fill_opacity=1.0, field_of_view_mm=20.0)
    colored = pixels.max(axis=2) > 60
    expected_px = voxels[4].sum() * (SIZE / 20.0) ** 2
    assert colored.sum() == pytest.approx(expected_px, rel=0.06)
    rows, columns = np.argwhere(colored).mean(axis=0)
    assert rows == pytest.approx(SIZE / 2, abs=SIZE / 20)
    assert columns == pytest.approx(SIZE / 2, abs=SIZE / 20)


def test_another_segmentation_may_give_the_centre(scene, exam, zones):
    volume, mask = exam
    geometry = GRIDS["oblique"]
    elsewhere = np.zeros_like(gland_on(geometry))
    elsewhere[4, 2:4, 2:4] = 1
    stray = segmentation_node(scene, zones, geometry, elsewhere)
    by_itself = take(scene, volume, stray, index=4)
    beside = take(scene, volume, stray, index=4, centered_on=mask)
    assert near(by_itself, BLUE)[SIZE // 3 : 2 * SIZE // 3, SIZE // 3 : 2 * SIZE // 3].any()
    assert not near(beside, BLUE)[SIZE // 3 : 2 * SIZE // 3, SIZE // 3 : 2 * SIZE // 3].any()


def test_the_fullest_slice_is_taken_by_itself(scene, exam, zones):
    volume, mask = exam
    fullest = int(np.argmax((gland_on(GRIDS["oblique"]) > 0).sum(axis=(1, 2))))
    assert np.array_equal(take(scene, volume, mask), take(scene, volume, mask, index=fullest))


def test_without_a_segmentation_the_middle_slice_is_taken(scene, oblique):
    voxels = np.zeros((9, 20, 24), np.int16)
    voxels[4] = 1000
    assert take(scene, volume_node(scene, oblique, voxels=voxels), field_of_view_mm=5.0).min() > 250


@pytest.mark.parametrize("axis", ["axial", "sagittal", "coronal"])
@pytest.mark.parametrize("name", ["oblique", "flipped", "sagittal"])
def test_the_index_counts_voxels_of_the_volume(scene, name, axis):
    """A slice with a grey of its own is found under its number, in each direction and on each grid."""
    geometry = GRIDS[name]
    direction = np.abs(np.reshape(geometry.direction, (3, 3)))
    patient_axis = {"sagittal": 0, "coronal": 1, "axial": 2}[axis]
    along = int(np.argmax(direction[patient_axis]))
    voxels = np.zeros((9, 20, 24), np.int16)
    voxels[tuple(slice(None) if 2 - along != one else 3 for one in range(3))] = 1000
    volume = volume_node(scene, geometry, voxels=voxels)
    options = {"axis": axis, "field_of_view_mm": 3.0}
    assert take(scene, volume, index=3, **options).min() > 245
    assert take(scene, volume, index=5, **options).max() < 10


def test_a_slice_can_be_given_by_its_offset(scene):
    geometry = GRIDS["plain"]
    voxels = np.zeros((9, 20, 24), np.int16)
    voxels[6] = 1000
    volume = volume_node(scene, geometry, voxels=voxels)
    assert take(scene, volume, slice_offset=6.2, field_of_view_mm=5.0).min() > 250
    assert take(scene, volume, slice_offset=4.0, field_of_view_mm=5.0).max() < 5


def test_nothing_in_the_scene_changes(scene, exam):
    import slicer

    volume, mask = exam
    count, state = scene.GetNumberOfNodes(), str(mask.GetDisplayNode())
    window = volume.GetDisplayNode().GetWindow()
    other = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    for _ in range(3):
        take(scene, volume, mask, fill_opacity=0.7)
    assert scene.GetNumberOfNodes() == count + 1
    assert other.GetScene() is scene
    assert str(mask.GetDisplayNode()) == state
    assert volume.GetDisplayNode().GetWindow() == window
    assert mask.GetSegmentation().GetNumberOfSegments() == 2
    assert not isinstance(scene.GetFirstNodeByName(snapshot.__name__), slicer.vtkMRMLSliceNode)


def test_other_segmentations_of_the_scene_stay_out_of_the_picture(scene, exam, zones):
    volume, _ = exam
    segmentation_node(scene, zones, GRIDS["oblique"], gland_on(GRIDS["oblique"]))
    pixels = take(scene, volume, None)
    assert np.ptp(pixels.astype(int), axis=2).max() <= 2


def test_captions_write_in_white_and_name_structures_in_their_colour(scene, exam):
    bare = snapshot.snapshot(scene, *exam, size_px=480, fill_opacity=0.0, caption=False)
    written = snapshot.snapshot(scene, *exam, size_px=480, fill_opacity=0.0)
    changed = np.abs(written.astype(int) - bare.astype(int)).max(axis=2) > 60
    assert changed[:60, :300].sum() > 300
    legend = written[420:, :240]
    assert near(legend, BLUE, 25).sum() > 60
    assert near(legend, YELLOW, 25).sum() > 60
    assert not changed[150:330, 150:330].any()


def test_pictures_may_be_oblong(scene, exam):
    assert take(scene, *exam, size_px=(300, 200)).shape == (200, 300, 3)


@pytest.mark.parametrize("options", [{"axis": "up"}, {"index": 9}, {"index": -1}, {"size_px": 5}, {"size_px": 99999}])
def test_what_cannot_be_pictured_is_told(scene, exam, options):
    with pytest.raises(UserError) as told:
        take(scene, *exam, **options)
    assert told.value.code is ErrorCode.BAD_VALUES


def test_a_volume_of_another_scene_is_refused(exam):
    import slicer

    with pytest.raises(UserError) as told:
        take(slicer.vtkMRMLScene(), *exam)
    assert told.value.code is ErrorCode.BAD_VALUES


def test_a_png_holds_the_same_pixels(tmp_path):
    import SimpleITK as sitk

    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    write_png(pixels, tmp_path / "a" / "x.png")
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "a" / "x.png"))), pixels)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["x.png"]


def test_a_picture_goes_to_a_file_in_one_step(scene, exam, tmp_path):
    import SimpleITK as sitk

    save_png(scene, tmp_path / "x.png", *exam, **PICTURE)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "x.png"))), take(scene, *exam))


def test_simulated_cases_say_so_in_the_picture(scene, exam, monkeypatch):
    from QualityFinetuneLib.scene import captions

    seen: list[str] = []
    write = captions.title
    monkeypatch.setattr(captions, "title", lambda lines, **options: seen.extend(lines) or write(lines, **options))
    exam[0].SetAttribute(names.SIMULATED, "true")
    snapshot.snapshot(scene, *exam, size_px=SIZE)
    assert seen == ["T2w   slice 5 of 9", "Zones", "simulated"]
