"""Which processors the engine can use and which Python runs it, without importing torch. No Qt."""

from __future__ import annotations

import sys
from pathlib import Path

from ..engine.client.devices import Device
from ..engine.client.python import engine_python
from .i18n import tr as _


def device_choices(devices: list[Device] | None) -> list[tuple[str, str]]:
    """The processors as (text, value), the automatic choice first with what it means here; None while looking."""
    if not devices:
        return [(_("Automatic"), "auto")]
    return [
        (_("Automatic: {device}").format(device=devices[0].title), "auto"),
        *((_device_words(one), one.name) for one in devices),
    ]


def runs_elsewhere(python: Path | None) -> bool:
    """True when the engine runs on another Python than this application, whose packages cannot be seen from here."""
    return engine_python(python) != Path(sys.executable)


def _device_words(device: Device) -> str:
    if device.memory_gib is None:
        return device.title
    return _("{device}, {memory} GiB").format(device=device.title, memory=f"{device.memory_gib:.0f}")
