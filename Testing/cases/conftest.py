"""Small synthetic exams: a DICOM writer with the vendors' habits, and image files of any geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"

T2W = {
    "SeriesDescription": "t2_tse_tra",
    "ScanningSequence": "SE",
    "EchoTime": 104,
    "RepetitionTime": 5660,
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "NORM"],
    "AcquisitionTime": "115338.5",
}
DWI = {
    "SeriesDescription": "ep2d_diff_tra",
    "ScanningSequence": "EP",
    "EchoTime": 63,
    "RepetitionTime": 2700,
    "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"],
}
ADC = DWI | {"SeriesDescription": "ep2d_diff_tra_ADC", "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}
DCE = {
    "SeriesDescription": "twist_dynamic",
    "ProtocolName": "twist",
    "ScanningSequence": "GR",
    "EchoTime": 1.4,
    "RepetitionTime": 3.9,
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
}


def rotation(*degrees: float) -> np.ndarray:
    """3x3 rotation about x, then y, then z."""
    transform = sitk.Euler3DTransform()
    transform.SetRotation(*np.deg2rad(degrees))
    return np.reshape(transform.GetMatrix(), (3, 3))


def ramp(points_mm: np.ndarray) -> np.ndarray:
    """A picture that tells its place: a linear function of physical position (..., 3), in whole numbers."""
    return np.rint(1000 + points_mm @ np.array([3.0, 5.0, 7.0])).astype(np.int32)


@dataclass(frozen=True)
class Volume:
    """Where the writer puts a series."""

    size: tuple[int, int, int] = (10, 8, 6)
    spacing_mm: tuple[float, float, float] = (0.5, 0.75, 3.0)
    origin_mm: tuple[float, float, float] = (-20.0, 10.0, -8.0)
    axes: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    def point_mm(self, i: Any, j: Any, k: Any) -> np.ndarray:
        index = np.stack(np.broadcast_arrays(i, j, k), axis=-1) * np.array(self.spacing_mm)
        return np.array(self.origin_mm) + index @ np.array(self.axes).T

    @classmethod
    def oblique(cls, *degrees: float, **options: Any) -> Volume:
        return cls(axes=tuple(map(tuple, rotation(*degrees))), **options)


class DicomWriter:
    """Writes series of one slice a file, with names that tell nothing and in an order that tells nothing."""

    T2W, DWI, ADC, DCE = T2W, DWI, ADC, DCE
    Volume = Volume
    ramp = staticmethod(ramp)
    rotation = staticmethod(rotation)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.study = generate_uid()
        self.count = 0
        self.random = np.random.default_rng(0)

    def series(
        self,
        tags: dict[str, Any],
        *,
        at: Volume | None = None,
        folder: str = "dicom",
        patient: str = "QF-0001",
        study: str | None = None,
        series: str | None = None,
        skip: Sequence[int] = (),
        each: Callable[[Dataset, int], None] = lambda dataset, index: None,
        pixels: Callable[[int], np.ndarray] | None = None,
        deidentified: bool = True,
    ) -> list[Path]:
        """One file a slice; `each(dataset, index)` may change a slice before it is written."""
        at = at or Volume()
        series = series or generate_uid()
        self.count += 1
        paths = []
        for index in self.random.permutation(at.size[2]):
            if index in skip:
                continue
            dataset = self.slice(tags, at, int(index), patient, study or self.study, series, pixels)
            dataset.SeriesNumber = tags.get("SeriesNumber", self.count)
            if deidentified:
                dataset.PatientIdentityRemoved = "YES"
            each(dataset, int(index))
            path = self.folder / folder / f"{self.random.integers(1 << 48):012x}"
            self.write(dataset, path)
            paths.append(path)
        return paths

    def slice(
        self, tags: dict[str, Any], at: Volume, index: int, patient: str, study: str, series: str, pixels: Any
    ) -> Dataset:
        dataset = Dataset()
        dataset.SOPClassUID = MR
        dataset.SOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
        dataset.PatientID, dataset.PatientName = patient, f"Name^{patient}"
        dataset.Modality, dataset.Manufacturer = "MR", "SIEMENS"
        dataset.Columns, dataset.Rows = at.size[:2]
        axes = np.array(at.axes)
        dataset.ImageOrientationPatient = [f"{v:.10f}" for v in (*axes[:, 0], *axes[:, 1])]
        dataset.ImagePositionPatient = [f"{v:.10f}" for v in at.point_mm(0, 0, index)]
        dataset.PixelSpacing = [at.spacing_mm[1], at.spacing_mm[0]]
        dataset.SliceThickness = at.spacing_mm[2]
        dataset.InstanceNumber = int(self.random.integers(1000))  # says nothing about the place
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
        stored = ramp(at.point_mm(*np.meshgrid(np.arange(at.size[0]), np.arange(at.size[1]), index)))[..., :]
        stored = stored.reshape(at.size[1], at.size[0]) if pixels is None else pixels(index)
        self.put(dataset, stored)
        return dataset

    @staticmethod
    def put(dataset: Dataset, stored: np.ndarray) -> None:
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
        dataset.PixelRepresentation = 1
        dataset.PixelData = stored.astype("<i2").tobytes()

    @staticmethod
    def write(dataset: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(path, enforce_file_format=True)

    @staticmethod
    def edit(path: Path, change: Callable[[Dataset], None]) -> None:
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(path)

    def jpeg_lossless(self, path: Path) -> None:
        """Store the pixels of a file as JPEG lossless, for which pydicom alone has no decoder; GDCM encodes it."""
        dataset = pydicom.dcmread(path)
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.SetFileName(str(self.folder / "encoded.dcm"))
        writer.UseCompressionOn()
        writer.SetCompressor("JPEG")
        writer.Execute(sitk.GetImageFromArray(dataset.pixel_array.astype(np.uint16)[None]))
        encoded = pydicom.dcmread(self.folder / "encoded.dcm")
        (self.folder / "encoded.dcm").unlink()
        dataset.file_meta.TransferSyntaxUID = encoded.file_meta.TransferSyntaxUID
        dataset.PixelData, dataset.PixelRepresentation = encoded.PixelData, 0
        dataset["PixelData"].is_undefined_length = True
        dataset.save_as(path)

    def exam(self, patient: str = "QF-0001", folder: str = "dicom", **options: Any) -> None:
        """T2w, ADC and two b-values, complete."""
        self.series(T2W, patient=patient, folder=folder, **options)
        self.series(ADC, patient=patient, folder=folder, **options)
        self.diffusion([50, 800], patient=patient, folder=folder, **options)

    def diffusion(self, b_values: Sequence[int], **options: Any) -> None:
        """One series with all b-values mixed in one folder, as Siemens writes them."""
        series = generate_uid()
        for b_value in b_values:
            self.series(DWI, series=series, each=lambda d, i, b=b_value: siemens_b(d, b), **options)

    def enhanced(self, path: Path, volumes: Sequence[tuple[float, int]], at: Volume, **tags: Any) -> None:
        """One multi-frame file: for each (b-value, time index) a volume, its frames in a mixed order."""
        dataset = self.slice(DWI | tags, at, 0, "QF-0001", self.study, generate_uid(), None)
        dataset.SOPClassUID, dataset.PatientIdentityRemoved = ENHANCED_MR, "YES"
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "EchoTime"):
            delattr(dataset, keyword)
        measures, orientation, shared = Dataset(), Dataset(), Dataset()
        measures.PixelSpacing = [at.spacing_mm[1], at.spacing_mm[0]]
        axes = np.array(at.axes)
        orientation.ImageOrientationPatient = [f"{v:.10f}" for v in (*axes[:, 0], *axes[:, 1])]
        shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
        dataset.SharedFunctionalGroupsSequence = [shared]
        frames, stored = [], []
        order = [(b, t, k) for k in range(at.size[2]) for b, t in volumes]
        for number in self.random.permutation(len(order)):
            b_value, time, k = order[number]
            frames.append(_frame(at, b_value, time, k))
            place = at.point_mm(*np.meshgrid(np.arange(at.size[0]), np.arange(at.size[1]), k))
            stored.append(ramp(place).reshape(at.size[1], at.size[0]) + int(b_value) + time)
        dataset.PerFrameFunctionalGroupsSequence = frames
        dataset.NumberOfFrames = len(frames)
        self.put(dataset, np.stack(stored))
        self.write(dataset, path)


def _frame(at: Volume, b_value: float, time: int, k: int) -> Dataset:
    place, diffusion, content, echo, value, frame = (Dataset() for _ in range(6))
    place.ImagePositionPatient = [f"{v:.10f}" for v in at.point_mm(0, 0, k)]
    diffusion.DiffusionBValue, diffusion.DiffusionDirectionality = float(b_value), "ISOTROPIC"
    content.TemporalPositionIndex, content.FrameAcquisitionDateTime = time + 1, f"2020010110{time:02d}00.5"
    echo.EffectiveEchoTime = 60.0
    value.RescaleSlope, value.RescaleIntercept = 2, -5
    frame.PlanePositionSequence, frame.MRDiffusionSequence = [place], [diffusion]
    frame.FrameContentSequence, frame.MREchoSequence = [content], [echo]
    frame.PixelValueTransformationSequence = [value]
    return frame


def siemens_b(dataset: Dataset, b_value: int) -> None:
    """Siemens keeps the b-value in its own element."""
    block = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", str(b_value))


@pytest.fixture
def dicom(tmp_path: Path) -> DicomWriter:
    return DicomWriter(tmp_path / "exam")


@pytest.fixture
def an_image() -> Callable[..., sitk.Image]:
    """`an_image(size=..., spacing_mm=..., degrees=...)` whose voxels tell their place."""

    def make(
        size: tuple[int, int, int] = (12, 10, 6),
        spacing_mm: tuple[float, float, float] = (0.5, 0.75, 3.0),
        origin_mm: tuple[float, float, float] = (-20.0, 10.0, -8.0),
        degrees: tuple[float, float, float] = (0, 0, 0),
        flip: tuple[int, int, int] = (1, 1, 1),
    ) -> sitk.Image:
        at = Volume(size, spacing_mm, origin_mm, tuple(map(tuple, rotation(*degrees) * np.array(flip))))
        k, j, i = np.meshgrid(*(np.arange(n) for n in size[::-1]), indexing="ij")
        image = sitk.GetImageFromArray(ramp(at.point_mm(i, j, k)).astype(np.int16))
        image.SetSpacing(spacing_mm)
        image.SetOrigin(origin_mm)
        image.SetDirection(np.array(at.axes).ravel())
        return image

    return make
