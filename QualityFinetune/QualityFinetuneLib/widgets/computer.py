"""Which processors this computer has and which Python runs the engine, without importing torch. No Qt."""

from __future__ import annotations

import sys
from pathlib import Path

from ..engine.client.devices import Device, probe
from ..engine.client.python import engine_python
from .i18n import tr as _


def device_choices(devices: list[Device] | None = None) -> list[tuple[str, str]]:
    """The processors as (text, value), the automatic choice first with what it means here."""
    found = probe() if devices is None else devices
    best = found[0].title if found else _("processor")
    return [(_("Automatic: {device}").format(device=best), "auto"), *((one.title, one.name) for one in found)]


def runs_elsewhere(python: Path | None) -> bool:
    """True when the engine runs on another Python than this application, whose packages cannot be seen from here."""
    return engine_python(python) != Path(sys.executable)
