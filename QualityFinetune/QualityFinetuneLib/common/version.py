"""The one place that states the version; stored with every reading, annotation and run."""

__version__ = "0.1.0"
