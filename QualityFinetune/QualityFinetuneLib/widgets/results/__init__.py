"""The Results panel: runs and numbers by quality, predictions, report and export."""
