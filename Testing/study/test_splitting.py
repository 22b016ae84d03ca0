from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.records import PARTS, Part
from QualityFinetuneLib.study.splitting import checked, part_sizes, split_patients

PATIENTS = st.dictionaries(st.text(min_size=1, max_size=6), st.sampled_from(["high", "low", "unrated"]), max_size=60)
SHARES = st.tuples(*[st.integers(0, 10)] * 3).filter(any).map(lambda n: tuple(part / sum(n) for part in n))
SEEDS = st.integers(0, 2**31)
GOLDEN = {"train": ["P00", "P03", "P04", "P05", "P07", "P09"], "validate": ["P01", "P02"], "test": ["P06", "P08"]}


@given(PATIENTS, SHARES, SEEDS)
def test_every_patient_is_in_one_part_and_parts_have_their_size(
    patients: dict[str, str], shares: tuple[float, float, float], seed: int
) -> None:
    assume(len(patients) >= sum(share > 0 for share in shares))
    parts = split_patients(patients, seed=seed, fractions=shares)
    assert parts.keys() == patients.keys()
    assert Counter(parts.values()) == Counter(part_sizes(len(patients), checked(shares)))


@given(st.integers(0, 5000), SHARES)
def test_sizes_are_the_shares_within_rounding(patients: int, shares: tuple[float, float, float]) -> None:
    assume(patients >= sum(share > 0 for share in shares))
    sizes = part_sizes(patients, checked(shares))
    assert sum(sizes.values()) == patients
    forced = any(0 < share * patients < 1 for share in shares)
    for part, share in zip(PARTS, shares, strict=True):
        assert (sizes[part] > 0) is (share > 0 and patients > 0)
        # A part that must not be empty may take one patient from each of the others.
        assert abs(sizes[part] - share * patients) < (3 if forced else 1 + 1e-6)


@given(PATIENTS, SHARES, SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    patients: dict[str, str], shares: tuple[float, float, float], seed: int, shuffler: object
) -> None:
    assume(len(patients) >= sum(share > 0 for share in shares))
    shuffled = list(patients.items())
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split_patients(dict(shuffled), seed=seed, fractions=shares) == split_patients(
        patients, seed=seed, fractions=shares
    )


@given(PATIENTS, SHARES, SEEDS)
def test_each_stratum_is_spread_by_the_shares(
    patients: dict[str, str], shares: tuple[float, float, float], seed: int
) -> None:
    assume(len(patients) >= sum(share > 0 for share in shares))
    parts = split_patients(patients, seed=seed, fractions=shares)
    sizes = Counter(parts.values())
    for stratum, members in Counter(patients.values()).items():
        for part in PARTS:
            here = sum(parts[patient] == part for patient, own in patients.items() if own == stratum)
            assert abs(here - members * sizes[part] / len(patients)) < 2


def test_a_known_split_stays_what_it_is_in_every_version() -> None:
    patients = dict.fromkeys([f"P{n:02d}" for n in range(10)], "")
    parts = split_patients(patients, seed=42, fractions=(0.6, 0.2, 0.2))
    assert {part: sorted(p for p in parts if parts[p] == part) for part in PARTS} == GOLDEN


def test_pythons_hash_seed_does_not_matter() -> None:
    program = (
        "from QualityFinetuneLib.study.splitting import split_patients as s;"
        "print(s({f'P{n}': 'ab'[n % 2] for n in range(9)}, seed=1, fractions=(.5, .25, .25)))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(told) == 1


def test_another_seed_gives_another_split() -> None:
    patients = dict.fromkeys(map(str, range(20)), "")
    made = [split_patients(patients, seed=seed, fractions=(0.5, 0.25, 0.25)) for seed in range(5)]
    assert all(made[0] != other for other in made[1:])


def test_over_many_seeds_every_patient_comes_to_every_part() -> None:
    patients = {str(n): "high" if n < 2 else "low" for n in range(6)}
    seen = {(p, part) for seed in range(60) for p, part in split_patients(
        patients, seed=seed, fractions=(0.5, 0.25, 0.25)).items()}  # fmt: skip
    assert len(seen) == 6 * 3


@pytest.mark.parametrize(("patients", "sizes"), [(3, [1, 1, 1]), (4, [2, 1, 1]), (10, [8, 1, 1]), (11, [9, 1, 1])])
def test_few_patients_still_fill_every_part(patients: int, sizes: list[int]) -> None:
    made = part_sizes(patients, checked((0.8, 0.1, 0.1)))
    assert list(made.values()) == sizes


def test_two_patients_are_enough_for_two_parts() -> None:
    parts = split_patients({"A": "", "B": ""}, seed=0, fractions={"train": 0.9, "test": 0.1})
    assert sorted(parts.values()) == ["test", "train"]


@pytest.mark.parametrize(("patients", "words"), [(0, "no patients"), (1, "1 patient "), (2, "2 patients")])
def test_too_few_patients_are_told_with_what_is_needed(patients: int, words: str) -> None:
    with pytest.raises(UserError) as told:
        split_patients(dict.fromkeys(map(str, range(patients)), ""), seed=0, fractions=(0.6, 0.2, 0.2), name="main")
    assert told.value.code is ErrorCode.TOO_FEW_CASES
    assert words in told.value.why
    assert "at least 3 patients" in told.value.next
    assert "main" in told.value.what


@pytest.mark.parametrize(
    "fractions",
    [(0.5, 0.5, 0.5), (1.2, -0.2, 0.0), (float("nan"), 0.5, 0.5), {"train": 0.5, "tests": 0.5}, {}],
    ids=str,
)
def test_impossible_shares_are_refused(fractions: dict[Part, float]) -> None:
    with pytest.raises(UserError) as told:
        checked(fractions)
    assert told.value.code is ErrorCode.BAD_VALUES


def test_shares_that_add_up_in_writing_are_enough() -> None:
    assert checked((0.7, 0.2, 0.1)) == {"train": 0.7, "validate": 0.2, "test": 0.1}
    assert checked({"test": 1}) == {"train": 0.0, "validate": 0.0, "test": 1.0}
