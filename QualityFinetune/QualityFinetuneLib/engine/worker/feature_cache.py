"""A frozen encoder's features, computed once and kept on disk."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...common.errors import UserError
from ...common.files import write_with

_KEEP_FREE_BYTES = 2 * 1024**3
_SUFFIX = ".features.safetensors"


class FeatureCache:
    """Encodes through a folder of features, one file for each image patch.

    The name of a file is the hash of what it depends on: the patch's voxels and the encoder's weights. So nothing
    can be out of date, and runs with the same encoder share a folder. Values are rounded to bf16 before their first
    use too, so that a hit and a miss give the same numbers.

    Args:
        folder: where the files lie; made when needed.
        encode: images (N, C, ...) to feature maps, without gradients, in evaluation mode.
        weights: hash of the encoder's weights and of how it computes.
        limit_bytes: the folder is not let grow beyond this; the oldest files go first.
    """

    def __init__(
        self,
        folder: Path,
        encode: Callable[[Tensor], list[Tensor]],
        *,
        weights: str,
        limit_bytes: int = 20 * 1024**3,
    ) -> None:
        self._folder = folder
        self._encode = encode
        self._weights = weights
        self._limit = limit_bytes
        self.hits = 0
        self.misses = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._bytes = self._prune()

    @torch.no_grad()
    def encode(self, images: Tensor) -> list[Tensor]:
        """Features (N, ...) of images (N, C, ...), in fp32 on the images' device."""
        each = [self._one(image[None]) for image in images]
        return [torch.cat(maps) for maps in zip(*each, strict=True)]

    def known(self, image: Tensor) -> list[Tensor] | None:
        """Features of an image (C, ...) as they are kept, bf16 (C', ...), where they are; may be called by a thread
        while another one encodes."""
        found = self._load(self._path(image[None]))
        return None if found is None else [level[0] for level in found]

    def _path(self, image: Tensor) -> Path:
        content = image.detach().cpu().contiguous()
        key = hashlib.sha256(f"{self._weights}/{tuple(content.shape)}/".encode())
        key.update(content.numpy().data)
        return self._folder / f"{key.hexdigest()}{_SUFFIX}"

    def _one(self, image: Tensor) -> list[Tensor]:
        path = self._path(image)
        maps = self._load(path)
        if maps is None:
            self.misses += 1
            maps = [part.to(torch.bfloat16) for part in self._encode(image)]
            self._store(path, maps)
        else:
            self.hits += 1
        return [part.to(device=image.device, dtype=torch.float32) for part in maps]

    def _load(self, path: Path) -> Sequence[Tensor] | None:
        if not path.is_file():
            return None
        try:
            found = load_file(path)
        except (SafetensorError, OSError):
            # Damaged by a power cut, or removed by a sibling run: as good as absent.
            path.unlink(missing_ok=True)
            return None
        return [found[name] for name in sorted(found)]

    def _store(self, path: Path, maps: Sequence[Tensor]) -> None:
        size = sum(part.numel() * part.element_size() for part in maps)
        if self._bytes + size > self._limit or shutil.disk_usage(self._folder).free < size + _KEEP_FREE_BYTES:
            return
        tensors = {f"{number:03d}": part.cpu().contiguous() for number, part in enumerate(maps)}
        try:
            write_with(path, lambda temporary: save_file(tensors, temporary))
        except UserError:  # the disk filled up meanwhile; features can be computed again
            return
        self._bytes += size

    def _prune(self) -> int:
        """Bytes in the folder, after the oldest files were removed if it had outgrown its limit."""
        files = [(path, path.stat()) for path in self._folder.glob(f"*{_SUFFIX}")]
        total = sum(status.st_size for _, status in files)
        if total <= self._limit:
            return total
        for path, status in sorted(files, key=lambda file: file[1].st_mtime):
            path.unlink(missing_ok=True)
            total -= status.st_size
            if total <= self._limit // 2:
                break
        return total
