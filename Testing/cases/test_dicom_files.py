"""Opening files quietly: no warning, no log line, and every setting as it was afterwards."""

from __future__ import annotations

import logging
import warnings

import pydicom
import pytest
from pydicom import config

from QualityFinetuneLib.cases.dicom_files import DAMAGED, quietly, read_header, read_whole, transfer_syntax


@pytest.fixture
def odd_file(dicom):
    """A patient name far too long, which pydicom would quote in a warning and in its log."""
    (path,) = dicom.series(dicom.T2W, at=dicom.Volume(size=(4, 4, 1)))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1.2.840.10008.5.1.4.1.1.4\0", b"1.2.840.secret name.1.1.4\0"))
    return path


def test_odd_values_are_not_quoted(odd_file, caplog) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quietly():
            assert "secret" in str(read_header(odd_file).SOPClassUID)
            assert "secret" in str(read_whole(odd_file).SOPClassUID)
    assert not caplog.records


def test_settings_are_as_before(odd_file) -> None:
    before = config.settings.reading_validation_mode, logging.getLogger("pydicom").level
    with pytest.raises(ZeroDivisionError), quietly():
        read_header(odd_file)
        raise ZeroDivisionError
    assert (config.settings.reading_validation_mode, logging.getLogger("pydicom").level) == before


def test_a_header_has_no_pixels(odd_file) -> None:
    assert "PixelData" not in read_header(odd_file)
    assert "PixelData" in read_whole(odd_file)


def test_the_transfer_syntax_defaults_to_implicit(odd_file) -> None:
    assert transfer_syntax(read_header(odd_file)) == "1.2.840.10008.1.2.1"
    assert transfer_syntax(pydicom.Dataset()) == "1.2.840.10008.1.2"


def test_every_own_exception_of_pydicom_is_expected() -> None:
    own = [e for e in vars(pydicom.errors).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert own
    assert all(issubclass(e, DAMAGED) for e in own)
