"""Cases are named neutrally in jobs, and messages name no one in a blinded study."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.prepared import case_files, case_id_of, case_key, names


@given(st.integers(min_value=1, max_value=10**7))
def test_a_key_leads_back_to_its_case(case_id: int) -> None:
    assert case_id_of(case_key(case_id)) == case_id


def test_names_follow_the_blinding_and_are_cut_short(study: Study) -> None:
    cases = study.cases.all()
    assert names(study, cases[:1]) == "Case 0001 (simulated)"
    assert names(study, cases, at_most=2).endswith("and 4 more")


def test_a_case_without_t2w_cannot_be_used(study: Study) -> None:
    bare = study.cases.add(patient="Doe", exam="e", name="Doe", series=[])
    with pytest.raises(UserError) as failure:
        case_files(study, bare, load_task("gland"))
    assert failure.value.code is ErrorCode.MISSING_SERIES
    assert "Doe" not in str(failure.value)
