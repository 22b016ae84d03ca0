"""Answers about whole exams, as a prediction and a table leave them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.study.records import Answer, NewAnswer


@pytest.fixture
def draft(opened: Any) -> Callable[..., Answer]:
    """`draft(0, 4)` leaves a model's PI-RADS 4 for the first case."""

    def do(index: int, grade: float, *, task: str = "pi_rads", key: str = "grade") -> Answer:
        study = opened.session.study
        run = study.runs.create("predict", "Draft", {"task": task, "model": "pi_rads 3", "cases": []}, 0)
        added: Answer = study.answers.add(
            NewAnswer(
                case_id=opened.session.cases[index].id,
                task=task,
                origin="model",
                status="draft",
                values={key: grade},
                probabilities={"3": 0.2, "4": 0.795, "5": 0.005} if task == "pi_rads" else None,
                source="pi_rads 3",
                run_id=run.id,
            )
        )
        return added

    return do


@pytest.fixture
def asked(opened: Any) -> Any:
    """The Review panel asking for PI-RADS of the first case."""
    opened.session.show_case(opened.session.cases[0].id)
    opened.go_to("Review")
    opened.review.show_task("pi_rads")
    return opened.review
