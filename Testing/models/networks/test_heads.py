from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.models.networks.heads import CumulativeLink, Measured, exam_head


def test_thresholds_are_in_order_whatever_is_learnt() -> None:
    torch.manual_seed(0)
    link = CumulativeLink(4, 6)
    for scale in (0.1, 10.0, 1000.0):
        torch.nn.init.normal_(link.first, std=scale)
        torch.nn.init.normal_(link.steps, std=scale)
        assert (link.thresholds().diff() >= 0).all()
        assert (link(torch.randn(20, 4)).diff(dim=1) <= 0).all()


def test_thresholds_start_evenly_around_zero() -> None:
    torch.testing.assert_close(CumulativeLink(4, 5).thresholds(), torch.tensor([-1.0, -1 / 3, 1 / 3, 1.0]))
    assert CumulativeLink(4, 2).thresholds().tolist() == [0.0]


def test_all_exams_share_one_direction() -> None:
    link = CumulativeLink(4, 4)
    logits = link(torch.randn(7, 4))
    torch.testing.assert_close(logits - logits[:, :1], (link.thresholds()[0] - link.thresholds()).expand(7, 3))


def test_values_come_in_the_unit_of_the_training_cases() -> None:
    measured = Measured(3, 2)
    targets = torch.tensor([[20.0, 1.0], [60.0, torch.nan], [40.0, 1.0]])
    measured.fit(targets)
    torch.nn.init.zeros_(measured.linear.weight)
    torch.nn.init.ones_(measured.linear.bias)
    torch.testing.assert_close(measured(torch.randn(1, 3)), torch.tensor([[40 + (800 / 3) ** 0.5, 2.0]]))
    assert "mean" in measured.state_dict()


def test_a_value_known_in_no_case_is_refused() -> None:
    with pytest.raises(ValueError, match="known in no case"):
        Measured(3, 1).fit(torch.full((2, 1), torch.nan))


@pytest.mark.parametrize(
    ("answer", "outputs", "width"), [("classes", 4, 4), ("grades", 4, 3), ("labels", 5, 5), ("values", 1, 1)]
)
def test_each_kind_of_answer_has_its_outputs(answer: str, outputs: int, width: int) -> None:
    head = exam_head(answer, width=6, hidden=8, outputs=outputs)
    assert head(torch.randn(3, 6)).shape == (3, width)


@pytest.mark.parametrize(("answer", "outputs", "told"), [("grade", 2, "grades"), ("grades", 1, "two grades")])
def test_a_head_that_cannot_be_is_refused(answer: str, outputs: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        exam_head(answer, width=6, hidden=8, outputs=outputs)
