from __future__ import annotations

from QualityFinetuneLib.quality.distribution.shift import CaseSet, QualityShift, quality_shift
from QualityFinetuneLib.quality.distribution.thresholds import ShiftThresholds

Measured = list[dict[str, float | None]]


def compare(
    first: list[int | None],
    second: list[int | None],
    *,
    thresholds: ShiftThresholds | None = None,
    measured: tuple[Measured, Measured] = ([], []),
) -> QualityShift:
    return quality_shift(
        CaseSet(name="training set", scores=first, measures=measured[0]),
        CaseSet(name="deployment set", scores=second, measures=measured[1]),
        scale=(1, 2, 3),
        high_from=2,
        thresholds=thresholds,
    )


def test_a_worse_deployment_set_is_told_in_plain_words() -> None:
    found = compare([3] * 20 + [1] * 2, [1] * 15 + [3] * 5)
    assert found.verdict == "different"
    assert found.warnings[0] == (
        "Image quality is lower in the deployment set: 25% of its rated cases are of high quality, "
        "against 91% of the training set."
    )
    assert "66% of the cases would need another score" in found.warnings[1]
    assert found.warnings[-1].startswith("A model may do better or worse on the deployment set")
    assert not any("chance" in warning for warning in found.warnings)


def test_alike_sets_give_no_warning() -> None:
    found = compare([1, 2, 3] * 5, [1, 2, 3] * 4)
    assert (found.verdict, found.warnings) == ("alike", ())


def test_a_difference_that_may_be_chance_is_called_so() -> None:
    found = compare([1, 2, 3, 3, 3, 3, 2, 2], [1, 1, 3, 3, 3, 2, 2, 1])
    assert found.verdict == "unclear"
    assert all("(this may be chance)" in warning for warning in found.warnings)


def test_few_rated_cases_are_never_a_clear_difference() -> None:
    found = compare([3] * 20, [1, 1, 1, 1, None, None])
    assert found.verdict == "unclear"
    assert any("Only 4 of the 6 cases of the deployment set are rated" in warning for warning in found.warnings)
    assert compare([], []).verdict == "unclear"


def test_thresholds_are_settings() -> None:
    patient = ShiftThresholds(high_share=0.9, total_variation=0.9, wasserstein=5)
    assert compare([3] * 20 + [1] * 2, [1] * 15 + [3] * 5, thresholds=patient).verdict == "alike"


def test_a_measure_that_moved_is_named_and_many_measures_are_not_called_by_chance() -> None:
    first: Measured = [{"t2w.snr": 20 + index % 5, "flat": 1.0} for index in range(20)]
    second: Measured = [{"t2w.snr": 12 + index % 5, "flat": 1.0} for index in range(20)]
    found = compare([2] * 20, [2] * 20, measured=(first, second))
    assert found.verdict == "different"
    assert found.warnings[0].startswith(
        "The measure t2w.snr differs: 14 on average in the deployment set, 22 in the training set, 5.4 standard"
    )
    noise: Measured = [
        {f"m{number}": float((index * 7 + number * 3) % 11) for number in range(30)} for index in range(12)
    ]
    assert compare([2] * 12, [2] * 12, measured=(noise, noise[::-1])).verdict == "alike"
