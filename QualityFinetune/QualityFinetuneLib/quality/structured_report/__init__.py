"""Readings as DICOM Structured Reports (TID 1500), written and read back; highdicom does the encoding."""
