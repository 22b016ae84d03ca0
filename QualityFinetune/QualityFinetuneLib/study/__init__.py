"""The study database: cases, series, readers, readings, annotations, models, runs; splits."""
