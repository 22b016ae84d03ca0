"""The frames of a DICOM file: one of a classic file, many of an enhanced one, whose values lie in groups."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from .header_values import NoSliceError, integer_of, words_of

ENHANCED_MR = {"1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4"}
"""Enhanced MR Image Storage and Legacy Converted Enhanced MR Image Storage: many frames in one file."""


class Frame:
    """Looks keywords up where a classic file, or an enhanced one's per-frame or shared groups, keep them."""

    def __init__(self, dataset: Dataset, items: tuple[Dataset, ...] = ()) -> None:
        self.items = items
        self.dataset = dataset

    def get(self, keyword: str) -> Any:
        """The value nearest to the frame, or None."""
        for item in self.items:
            value = item.get(keyword)
            if value is not None:
                return value
        return self.dataset.get(keyword)

    @property
    def datasets(self) -> list[Dataset]:
        """Everything that may hold diffusion values, the most specific first."""
        return [*self.items, self.dataset]


def frames_of(dataset: Dataset) -> list[Frame]:
    """The frames in the order of their pixels.

    Raises:
        NoSliceError: when there are several but their places are not described.
    """
    enhanced = str(dataset.get("SOPClassUID") or "") in ENHANCED_MR
    count = integer_of(dataset.get("NumberOfFrames")) or 1
    if not enhanced:
        if count > 1:
            raise NoSliceError("It holds several frames without saying where each of them lies.")
        return [Frame(dataset)]
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if len(per_frame) != count:
        raise NoSliceError(f"It announces {count} frames but describes {len(per_frame)}.")
    shared = tuple(item for group in dataset.get("SharedFunctionalGroupsSequence") or [] for item in _items(group))
    return [Frame(dataset, (*_items(group), *shared)) for group in per_frame]


def _items(group: Dataset) -> list[Dataset]:
    """The functional groups are sequences of one item each."""
    return [element.value[0] for element in group if element.VR == "SQ" and element.value]


def scanning_sequence(frame: Frame) -> tuple[str, ...]:
    """`ScanningSequence` (SE, GR, EP, IR), or the same said in an enhanced file's words."""
    words = words_of(frame.get("ScanningSequence"))
    if words:
        return words
    if str(frame.get("EchoPlanarPulseSequence") or "").upper() == "YES":
        return ("EP",)
    return {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}.get(
        str(frame.get("EchoPulseSequence") or "").upper(), ()
    )
