"""PI-QUAL v2 over every combination of answers, against the published table written down a second time."""

from __future__ import annotations

from itertools import product
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.derivation import derive
from QualityFinetuneLib.quality.form import Form, load_form
from QualityFinetuneLib.quality.pi_qual import Score, score

V2 = load_form("pi-qual-v2")
TECHNICAL = {
    "t2w": ("t2w_slice_thickness",),
    "dwi": ("dwi_slice_thickness", "dwi_high_b", "dwi_adc_b_values"),
    "dce": ("dce_slice_thickness", "dce_temporal_resolution"),
}
VISUAL = {
    "t2w": ("t2w_snr", "t2w_structures", "t2w_artefacts", "t2w_second_plane"),
    "dwi": ("dwi_snr", "dwi_zones", "dwi_artefacts", "dwi_match"),
    "dce": ("dce_vessels", "dce_assessable"),
}
ALL_YES = {item: True for group in (TECHNICAL, VISUAL) for items in group.values() for item in items}
Protocol = Literal["bpmri", "mpmri"]

# de Rooij et al., Eur Radiol 2024;34:7068: rows T2W 0-4, columns DWI 0-4.
BPMRI = [
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1],
    [1, 1, 1, 2, 2],
    [1, 1, 1, 2, 3],
]
MPMRI_DCE_POSITIVE = BPMRI
MPMRI_DCE_NEGATIVE = [*BPMRI[:4], [1, 1, 1, 2, 2]]
# With the unofficial upgrade a sequence of 4 and DCE "+" lift a 1 to 2.
UPGRADED = [
    [1, 1, 1, 1, 2],
    [1, 1, 1, 1, 2],
    [1, 1, 1, 1, 2],
    [1, 1, 1, 2, 2],
    [2, 2, 2, 2, 3],
]


def expected_exam(protocol: Protocol, t2w: int, dwi: int, dce: int, upgrade: bool) -> int:
    if protocol == "bpmri":
        return BPMRI[t2w][dwi]
    if dce == 0:
        return MPMRI_DCE_NEGATIVE[t2w][dwi]
    return (UPGRADED if upgrade else MPMRI_DCE_POSITIVE)[t2w][dwi]


def expected_sequence(values: dict[str, bool], sequence: str) -> int:
    if not all(values[item] for item in TECHNICAL[sequence]):
        return 0
    points = sum(values[item] for item in VISUAL[sequence])
    return points // 2 if sequence == "dce" else points  # DCE: both items or "-"


def answers(t2w: int, dwi: int, dce: int) -> dict[str, bool]:
    """Answers that give these sequence scores."""
    values = dict(ALL_YES)
    for sequence, points in (("t2w", t2w), ("dwi", dwi), ("dce", 2 * dce)):
        values |= {item: n < points for n, item in enumerate(VISUAL[sequence])}
    return values


@pytest.mark.parametrize("upgrade", [False, True])
@pytest.mark.parametrize("protocol", ["bpmri", "mpmri"])
def test_every_combination_of_sequence_scores_follows_the_table(protocol: Protocol, upgrade: bool) -> None:
    for t2w, dwi, dce in product(range(5), range(5), range(2)):
        result = score(V2, answers(t2w, dwi, dce), protocol=protocol, options={"dce_upgrade": upgrade})
        assert (result.t2w, result.dwi, result.dce) == (t2w, dwi, dce if protocol == "mpmri" else None)
        assert result.exam == expected_exam(protocol, t2w, dwi, dce, upgrade)
        assert result.missing == ()


@pytest.mark.parametrize("sequence", ["t2w", "dwi", "dce"])
def test_every_combination_of_the_items_of_a_sequence_scores_as_published(sequence: str) -> None:
    items = TECHNICAL[sequence] + VISUAL[sequence]
    for combination in product([False, True], repeat=len(items)):
        values = {**ALL_YES, **dict(zip(items, combination, strict=True))}
        result = score(V2, values, protocol="mpmri")
        assert result.scores[sequence] == expected_sequence(values, sequence)
        met = all(values[item] for item in TECHNICAL[sequence])
        assert result.technical[f"{sequence}_technical"] == met
        points = sum(values[item] for item in VISUAL[sequence])
        assert result.visual[f"{sequence}_visual"] == (points // 2 if sequence == "dce" else points)


def test_a_sequence_score_sees_its_own_items_and_the_exam_score_sees_the_sequence_scores_only() -> None:
    """So what holds for each sequence, and for each combination of sequence scores, holds for all items together.

    Values that a score does not depend on are kept from it altogether: reading one of them would be a KeyError.
    """
    for protocol in ("bpmri", "mpmri"):
        sequences = ("t2w", "dwi", "dce") if protocol == "mpmri" else ("t2w", "dwi")
        seen = {sequence: {*TECHNICAL[sequence], *VISUAL[sequence]} for sequence in sequences}
        reached: dict[str, set[str]] = {}
        known: dict[str, bool | int] = {**V2.defaults(), **{item: True for items in seen.values() for item in items}}
        for one in V2.scores_for(protocol):
            step = derive(one, {name: known[name] for name in one.depends_on}, possible=4, show=lambda *_: "")
            assert step is not None
            known[one.id] = step.value
            reached[one.id] = set().union(*(reached.get(name, {name}) for name in one.depends_on))
        assert {sequence: reached[sequence] for sequence in sequences} == seen
        (exam,) = [one for one in V2.scores_for(protocol) if one.id == "exam"]
        assert set(exam.depends_on) - set(V2.defaults()) == set(sequences)


# Every combination of all 12 items of bpMRI. Of the 16 of mpMRI every combination of the items of any two sequences,
# the third one being complete or empty: more than two cannot act together, see the test before.
@pytest.mark.parametrize("upgrade", [False, True])
def test_every_single_combination_of_all_items_gives_the_published_exam_score(upgrade: bool) -> None:
    items = [item.id for item in V2.items("bpmri")]
    assert len(items) == 12
    for combination in product([False, True], repeat=12):
        _check(dict(zip(items, combination, strict=True)), "bpmri", upgrade)


@pytest.mark.parametrize("third", ["t2w", "dwi", "dce"])
@pytest.mark.parametrize("complete", [False, True])
def test_every_combination_of_the_items_of_two_sequences_gives_the_published_exam_score(
    third: str, complete: bool
) -> None:
    items = [item.id for item in V2.items("mpmri")]
    assert len(items) == 16
    free = [item for item in items if item not in {*TECHNICAL[third], *VISUAL[third]}]
    for combination in product([False, True], repeat=len(free)):
        values = {**dict.fromkeys(items, complete), **dict(zip(free, combination, strict=True))}
        _check(values, "mpmri", False)


def _check(values: dict[str, bool], protocol: Protocol, upgrade: bool) -> None:
    t2w, dwi = expected_sequence(values, "t2w"), expected_sequence(values, "dwi")
    dce = expected_sequence(values, "dce") if protocol == "mpmri" else 0
    result = score(V2, values, protocol=protocol, options={"dce_upgrade": upgrade})
    if result.exam != expected_exam(protocol, t2w, dwi, dce, upgrade):
        pytest.fail(f"{result.exam} for {values}")


answered = st.fixed_dictionaries({item: st.booleans() for item in ALL_YES})
protocols = st.sampled_from(["bpmri", "mpmri"])


@settings(max_examples=300, deadline=None)
@given(values=answered, protocol=protocols, upgrade=st.booleans())
def test_any_complete_reading_scores_as_the_table_says(
    values: dict[str, bool], protocol: Protocol, upgrade: bool
) -> None:
    result = score(V2, values, protocol=protocol, options={"dce_upgrade": upgrade})
    t2w, dwi, dce = (expected_sequence(values, sequence) for sequence in ("t2w", "dwi", "dce"))
    assert result.exam == expected_exam(protocol, t2w, dwi, dce, upgrade)


@settings(max_examples=200, deadline=None)
@given(values=answered, more=answered, protocol=protocols, upgrade=st.booleans())
def test_more_points_never_lower_a_score(
    values: dict[str, bool], more: dict[str, bool], protocol: Protocol, upgrade: bool
) -> None:
    better = {item: value or more[item] for item, value in values.items()}
    low = score(V2, values, protocol=protocol, options={"dce_upgrade": upgrade})
    high = score(V2, better, protocol=protocol, options={"dce_upgrade": upgrade})
    for name, value in low.scores.items():
        above = high.scores[name]
        assert value is not None and above is not None
        assert above >= value


@settings(max_examples=100, deadline=None)
@given(values=answered, failed=st.sampled_from([item for items in TECHNICAL.values() for item in items]))
def test_a_failed_technical_requirement_makes_the_sequence_score_zero(values: dict[str, bool], failed: str) -> None:
    sequence = failed.split("_")[0]
    result = score(V2, {**values, failed: False}, protocol="mpmri")
    assert result.scores[sequence] == 0
    assert result.visual == score(V2, {**values, failed: True}, protocol="mpmri").visual
    if sequence != "dce":
        assert result.exam == 1


@settings(max_examples=150, deadline=None)
@given(values=answered, unanswered=st.sets(st.sampled_from(sorted(ALL_YES)), min_size=1), protocol=protocols)
def test_an_unfinished_reading_has_no_exam_score_and_tells_what_is_missing(
    values: dict[str, bool], unanswered: set[str], protocol: Protocol
) -> None:
    asked = {item.id for item in V2.items(protocol)}
    given_so_far = {item: None if item in unanswered else value for item, value in values.items()}
    result = score(V2, given_so_far, protocol=protocol)
    assert set(result.missing) == unanswered & asked
    assert (result.exam is None) is bool(unanswered & asked)
    for sequence in ("t2w", "dwi") if protocol == "bpmri" else ("t2w", "dwi", "dce"):
        finished = not unanswered & {*TECHNICAL[sequence], *VISUAL[sequence]}
        assert (result.scores[sequence] is not None) is finished


def test_the_visual_part_alone_scores_without_the_technical_answers() -> None:
    visual = {item: True for items in VISUAL.values() for item in items}
    result = score(V2, visual, protocol="bpmri")
    assert result.exam is None
    assert result.scores["exam_visual"] == 3
    assert result.visual == {"t2w_visual": 4, "dwi_visual": 4, "exam_visual": 3}


def test_each_step_has_a_plain_reason() -> None:
    result = score(V2, answers(4, 2, 1), protocol="mpmri", options={"dce_upgrade": True})
    assert len(result.reasons) == len(result.steps) == len(result.scores)
    assert all(reason.endswith(".") and "{" not in reason for reason in result.reasons)
    exam = next(reason for reason in result.reasons if reason.startswith("exam score:"))
    assert "lifted to 2 by the unofficial rule" in exam
    assert 'DCE is "+"' in exam


def test_the_reason_of_a_failed_requirement_names_it() -> None:
    result = score(V2, {**ALL_YES, "dwi_high_b": False}, protocol="bpmri")
    assert any("high b-value no" in reason for reason in result.reasons)


def test_nothing_answered_scores_nothing(v1: Form) -> None:
    result = score(v1, {}, protocol="mpmri")
    assert result.exam is None
    assert result.reasons == ()
    assert set(result.missing) == {item.id for item in v1.items()}


@pytest.mark.parametrize("quality", range(1, 6))
def test_version_1_takes_the_score_that_the_reader_chose(v1: Form, quality: int) -> None:
    values = {"t2w_diagnostic": True, "dwi_diagnostic": False, "dce_diagnostic": True, "quality": quality}
    result: Score = score(v1, values, protocol="mpmri")
    assert (result.exam, result.t2w, result.dwi, result.dce) == (quality, 1, 0, 1)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(UserError, match="no option named upgrade") as caught:
        score(V2, ALL_YES, protocol="bpmri", options={"upgrade": True})
    assert "dce_upgrade" in caught.value.why


def test_options_are_shown_in_reasons_as_on_or_off(small_data) -> None:
    small_data["scores"][1]["rules"][0] = {
        "when": {"of": "strict", "equals": True},
        "score": 0,
        "reason": "Strict is {strict}.",
    }
    small_data["scores"][1]["rules"][1] = {
        "when": {"all": [{"of": "strict", "equals": False}, {"of": "thin", "equals": True}]},
        "score": 1,
        "reason": "Strict is {strict}, thin is {thin}.",
    }
    form = Form.model_validate(small_data)
    values = {"thin": True, "sharp": True, "grade": 3}
    assert score(form, values, protocol="bpmri").reasons[-1] == "Exam: Strict is off, thin is yes."
    assert score(form, values, protocol="bpmri", options={"strict": True}).reasons[-1] == "Exam: Strict is on."
