"""Runs one job in a process of its own. The only part of the engine that imports torch and MONAI."""
