"""Find and read exams: DICOM, NIfTI, NRRD, MHA; roles; grids. Stands on SimpleITK and pydicom."""
