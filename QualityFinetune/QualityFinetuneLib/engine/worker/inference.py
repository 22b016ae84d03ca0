"""From a prepared case to the labels' probabilities on the network's grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from monai.inferers.utils import sliding_window_inference
from scipy import ndimage
from torch import Tensor

from ...common.errors import ErrorCode
from ...models.meta import ModelMeta
from ..protocol.jobs import Precision
from .context import JobContext
from .failures import MEMORY_ERRORS, is_out_of_memory
from .network import label_probabilities
from .precision import autocast
from .preparing import Prepared

_SMALLEST_WINDOW = 32


@torch.inference_mode()
def probabilities(
    forward: Callable[[Tensor], Tensor],
    prepared: Prepared,
    *,
    meta: ModelMeta,
    device: torch.device,
    precision: Precision = "fp32",
    context: JobContext,
) -> np.ndarray:
    """Run the network over a case.

    Args:
        forward: images (N, C, *axes) to logits (N, outputs, *axes), in evaluation mode.
        prepared: the case.
        meta: window, overlap, crop and blur.
        device: where `forward` computes.
        precision: see `precision.autocast`; fp32 also where `forward` chooses the format itself.
        context: asked before each window whether to stop.

    Returns:
        float32 (labels, *axes) on the case's whole grid, 0 where the network did not look.
    """
    shape = prepared.image.shape[1:]
    start, stop = (0,) * len(shape), shape
    if meta.crop_margin_voxels is not None and not meta.whole_volume:
        start, stop = foreground_box(prepared.image, margin=meta.crop_margin_voxels)
    inside = tuple(slice(max(0, a), min(n, b)) for a, b, n in zip(start, stop, shape, strict=True))
    beyond = [(max(0, -a), max(0, b - n)) for a, b, n in zip(start, stop, shape, strict=True)]
    padded = np.pad(prepared.image[(slice(None), *inside)], [(0, 0), *beyond])
    image = torch.from_numpy(padded)[None].to(device)

    def logits_of(patch: Tensor) -> Tensor:
        context.stop_if_asked()
        with autocast(device, precision):
            return forward(patch).float()

    window = meta.patch if meta.axes == "xyz" else meta.patch[::-1]
    logits = logits_of(image) if meta.whole_volume else _slide(image, window, logits_of, meta.overlap, context)
    sigma = meta.postprocessing.logit_blur_sigma_voxels
    if sigma > 0:
        blurred = ndimage.gaussian_filter(logits.cpu().numpy(), sigma=(0, 0, sigma, sigma, sigma), mode="nearest")
        logits = torch.from_numpy(blurred)
    found = label_probabilities(logits)[0].cpu().numpy()
    kept = tuple(slice(before, n - after) for (before, after), n in zip(beyond, found.shape[1:], strict=True))
    whole = np.zeros((found.shape[0], *shape), dtype=np.float32)
    whole[(slice(None), *inside)] = found[(slice(None), *kept)]
    return whole


def foreground_box(image: np.ndarray, *, margin: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First and last-but-one index of the box around the voxels above zero in any channel, widened by `margin`.

    The box may reach beyond the image, where zeros are to be put: a blur of the logits then sees background there
    instead of the border slice again and again, as MONAI's CropForeground does it. All of the image where no voxel
    is above zero.
    """
    found = ndimage.find_objects((image > 0).any(axis=0).astype(np.uint8))
    if not found:
        return (0, 0, 0), image.shape[1:]
    return tuple(part.start - margin for part in found[0]), tuple(part.stop + margin for part in found[0])


def _slide(
    image: Tensor, window: tuple[int, ...], logits_of: Callable[[Tensor], Tensor], overlap: float, context: JobContext
) -> Tensor:
    """Sliding windows blended by Gaussian weights; windows are halved when memory does not suffice."""
    while True:
        try:
            logits = sliding_window_inference(
                image, roi_size=window, sw_batch_size=1, predictor=logits_of, overlap=overlap, mode="gaussian"
            )
            assert isinstance(logits, Tensor)
            return logits
        except MEMORY_ERRORS as error:
            longest = max(range(3), key=lambda axis: window[axis])
            if not is_out_of_memory(error) or window[longest] <= _SMALLEST_WINDOW:
                raise
            # Every network here halves at most four times, so multiples of 16 fit all of them.
            window = tuple(-(-n // 32) * 16 if axis == longest else n for axis, n in enumerate(window))
        if image.is_cuda:
            torch.cuda.empty_cache()
        context.warn(
            ErrorCode.OUT_OF_MEMORY,
            what="The prediction goes on with smaller windows.",
            why=f"Memory did not suffice; the windows now have {' x '.join(map(str, window))} voxels.",
            next="Nothing has to be done; a device with more memory gives slightly better borders.",
        )
