from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.models.answers import ANSWERS
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.networks.heads import LAST_LAYERS, exam_head

nan = math.nan


def test_each_kind_of_answer_has_a_head_and_a_reading() -> None:
    assert set(ANSWERS) == set(LAST_LAYERS)


def test_grades_lose_what_every_threshold_loses() -> None:
    logits = torch.tensor([[2.0, 0.5, -1.0], [0.3, -0.2, -3.0]])
    target = torch.tensor([2.0, 0.0])
    expected = 0.0
    for row, grade in zip(logits.tolist(), target.tolist(), strict=True):
        for k, logit in enumerate(row):
            higher = 1 / (1 + math.exp(-logit))
            expected -= math.log(higher if grade > k else 1 - higher)
    assert ANSWERS["grades"].loss(logits, target).item() == pytest.approx(expected / 2, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-8, 8), min_size=1, max_size=5))
def test_probabilities_of_grades_are_a_distribution_that_the_reading_halves(logits: list[float]) -> None:
    outputs = torch.tensor([sorted(logits, reverse=True)])
    probabilities = ANSWERS["grades"].probabilities(outputs)
    assert probabilities is not None and probabilities.shape == (1, len(logits) + 1)
    assert (probabilities >= -1e-6).all() and probabilities.sum().item() == pytest.approx(1, abs=1e-5)
    grade = int(ANSWERS["grades"].read(outputs))
    assert probabilities[0, :grade].sum() <= 0.5 + 1e-5 and probabilities[0, : grade + 1].sum() >= 0.5 - 1e-5


def test_classes_are_read_from_the_largest_logit() -> None:
    outputs = torch.tensor([[0.0, 3.0, 1.0]])
    assert ANSWERS["classes"].read(outputs).tolist() == [1]
    assert ANSWERS["classes"].probabilities(outputs)[0, 1].item() == pytest.approx(
        math.exp(3) / (1 + math.exp(3) + math.e)
    )


def test_labels_may_hold_together() -> None:
    outputs = torch.tensor([[2.0, -1.0, 0.1]])
    assert ANSWERS["labels"].read(outputs).tolist() == [[True, False, True]]
    assert ANSWERS["labels"].probabilities(outputs)[0, 0].item() == pytest.approx(1 / (1 + math.exp(-2)))


def test_values_are_read_as_they_are() -> None:
    outputs = torch.tensor([[41.5]])
    assert ANSWERS["values"].read(outputs) is outputs
    assert ANSWERS["values"].probabilities(outputs) is None
    assert ANSWERS["values"].loss(outputs, torch.tensor([[40.0]]), weight=torch.tensor([0.5])).item() == 1.125


@pytest.mark.parametrize(
    ("answer", "known", "with_unknown"),
    [
        ("classes", [1.0], [1.0, nan]),
        ("grades", [1.0], [1.0, nan]),
        ("labels", [[1.0, 0.0, 1.0]], [[1.0, 0.0, 1.0], [nan, nan, nan]]),
        ("values", [[1.0, 0.0, 1.0]], [[1.0, 0.0, 1.0], [nan, nan, nan]]),
    ],
)
def test_what_nobody_knows_does_not_count(answer: str, known: list, with_unknown: list) -> None:
    torch.manual_seed(0)
    outputs = torch.randn(2, 3, requires_grad=True)
    kind = ANSWERS[answer]
    loss = kind.loss(outputs, torch.tensor(with_unknown))
    torch.testing.assert_close(loss, kind.loss(outputs[:1], torch.tensor(known)))
    (gradient,) = torch.autograd.grad(loss, outputs)
    assert gradient[0].any() and not gradient[1].any()
    nothing = kind.loss(outputs, torch.full_like(torch.tensor(with_unknown), nan))
    assert nothing.item() == 0 and nothing.requires_grad


def test_one_known_label_of_an_exam_counts_alone() -> None:
    outputs = torch.tensor([[2.0, 5.0]])
    loss = ANSWERS["labels"].loss(outputs, torch.tensor([[1.0, nan]]))
    assert loss.item() == pytest.approx(math.log1p(math.exp(-2)))


def test_grades_are_learnt_from_what_orders_them() -> None:
    torch.manual_seed(0)
    vectors = torch.randn(64, 5)
    target = torch.bucketize(vectors[:, 0].contiguous(), torch.tensor([-0.7, 0.0, 0.7])).float()
    head = exam_head("grades", width=5, hidden=16, outputs=4)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.03)
    for _ in range(80):
        loss = ANSWERS["grades"].loss(head(vectors), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = (ANSWERS["grades"].read(head.eval()(vectors)) == target).float().mean()
    assert right > 0.85


@pytest.mark.parametrize("answer", ["classes", "grades", "labels", "values"])
@pytest.mark.parametrize(
    "architecture", ["profound_conv_classifier", "profound_vit_classifier", "segresnet_classifier"]
)
def test_every_encoder_can_give_every_kind_of_answer(
    architecture: str, answer: str, test_size: str, small_vit: str
) -> None:
    options = {"init_filters": 8} if architecture.startswith("segresnet") else {"size": "test"}
    with torch.device("meta"):
        model = build(architecture, outputs=3, in_channels=2, answer=answer, **options)
        images = torch.empty(2, 2, *((64, 256, 256) if "vit" in architecture else (16, 16, 16)))
        outputs = model(images)
    assert outputs.shape == (2, 2 if answer == "grades" else 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.floats(-90, 90), min_size=3, max_size=3), min_size=1, max_size=4))
def test_looks_together_have_the_mean_of_their_probabilities(looks: list[list[float]]) -> None:
    each = torch.tensor(looks)
    for name in ("classes", "labels"):
        answer = ANSWERS[name]
        assert torch.allclose(
            answer.probabilities(answer.mean(each))[0], answer.probabilities(each).mean(0), atol=1e-5
        )
    ordered = each.sort(dim=1, descending=True).values
    grades = ANSWERS["grades"]
    found = grades.mean(ordered)
    assert torch.allclose(grades.probabilities(found)[0], grades.probabilities(ordered).mean(0), atol=1e-5)
    assert torch.allclose(ANSWERS["values"].mean(each)[0], each.mean(0), atol=1e-4)


def test_one_look_is_what_it_is() -> None:
    outputs = torch.tensor([[120.0, 0.3, -120.0]])
    for name in ("grades", "labels"):
        assert torch.allclose(ANSWERS[name].mean(outputs), outputs, atol=1e-4), "also where a sigmoid is 0 or 1"
