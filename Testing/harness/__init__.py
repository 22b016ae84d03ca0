"""Slicer's desktop for tests: the real MRML of slicer-core under PythonQt's rules imitated on PySide6.

Never kinder than PythonQt: what raises in a real Slicer raises here, and some things that only warn there raise too.
Start it with `harness.slicer_app.start()`; load a module with `harness.module.load_module(path)`.
"""

from .environment import prepare

prepare()

slot_failures: list[str] = []
"""Tracebacks of errors inside slots. Qt prints them and goes on, so a test that asks for nothing else would pass."""
