"""The Study panel: open or create a study, import exams, settings, split."""
