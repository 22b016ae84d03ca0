"""What a finetune can draw from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.widgets.finetune.mix import Pool, PoolCase, mix_sentence, pool_of, rows

CASE = st.builds(
    PoolCase,
    case_id=st.integers(1, 99),
    label=st.just("Case"),
    stratum=st.sampled_from(["high", "low", None]),
    outline=st.just("✓"),
    usable=st.booleans(),
    part=st.sampled_from(["train", "validate", "test", None]),
)


@given(st.lists(CASE, max_size=20))
def test_no_case_counts_twice_and_none_from_the_held_out_part(cases: list[PoolCase]) -> None:
    pool = Pool(cases=tuple(cases), split="s")
    assert pool.all_trainable == sum(pool.trainable(stratum) for stratum in ("high", "low", None))
    assert pool.all_trainable + pool.validating + pool.held_out <= len(cases)


def test_the_first_look_makes_a_split_by_patient(session: Any) -> None:
    assert session.study.splits.all() == []
    pool = pool_of(session.study, load_task("gland"))
    assert [split.name for split in session.study.splits.all()] == [pool.split]
    assert pool.all_trainable > 0 and pool.held_out > 0 and pool.outside == 0


def test_the_sentence_tells_the_share() -> None:
    pool = Pool(cases=(), split="s")
    assert "4, 75 % of them of high quality" in mix_sentence(3, 1, pool, everything=False)
    assert "0, 0 %" in mix_sentence(0, 0, pool, everything=False)


def test_a_question_about_exams_draws_from_what_is_known(session: Any) -> None:
    from QualityFinetuneLib.study.records import NewAnswer

    study, task = session.study, load_task("pi_rads")
    assert not any(case.usable for case in pool_of(study, task).cases)
    first, *_ = study.cases.all()
    study.answers.add(
        NewAnswer(
            case_id=first.id,
            task="pi_rads",
            origin="imported",
            status="accepted",
            values={"grade": 4.0},
            source="t.csv",
        )
    )
    shown = {row[0]: row[2:] for row in rows(pool_of(study, task))}
    assert shown[study.display_name(first)][0] == "PI-RADS 4 (imported)"
    assert sum(use == "Not used: not known" for _, use in shown.values()) == len(shown) - 1
