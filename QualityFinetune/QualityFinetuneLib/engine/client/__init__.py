"""Drives a worker process from a panel, a command or a test. Imports neither torch nor MONAI."""
