"""Words that tell who the patient is do not get through."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from QualityFinetuneLib.cases.identity import identity_words, without_identity


@pytest.fixture
def somebody() -> Dataset:
    dataset = Dataset()
    dataset.PatientName, dataset.PatientID, dataset.AccessionNumber = "Doe^Jane Ann", "HOSP-471199", "A12345"
    return dataset


@pytest.mark.parametrize("text", ["t2 DOE", "jane_t2_tra", "repeat/471199", "order A12345", "hosp t2"])
def test_a_text_with_a_part_of_name_or_number_is_dropped(somebody, text) -> None:
    assert without_identity(text, identity_words(somebody)) is None


@pytest.mark.parametrize("text", ["t2_tse_tra", "ep2d_diff b800", "anna", "", "4711"])
def test_other_texts_stay(somebody, text) -> None:
    assert without_identity(text, identity_words(somebody)) == text


def test_common_words_in_pseudonyms_do_not_forbid_descriptions() -> None:
    dataset = Dataset()
    dataset.PatientID = "MIP-PROSTATE-01-0001"
    assert without_identity("T2 prostate axial", identity_words(dataset)) == "T2 prostate axial"


def test_who_has_no_name_forbids_nothing() -> None:
    assert identity_words(Dataset()) == frozenset()
