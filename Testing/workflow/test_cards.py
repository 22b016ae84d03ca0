"""A site's own model card is chosen like a packaged one, and jobs can read it without the study."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import save_yaml
from QualityFinetuneLib.experiments.report import write_report
from QualityFinetuneLib.models.registry import card
from QualityFinetuneLib.study.records import Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.cards import card_of, card_to_use, cards_of
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.predicting import prepare_predict


def own_card(folder: Path, *, name: str = "our_gland", file: str = "ours.yaml", **changes: object) -> Path:
    """A card as a site writes it: the packaged one with another name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    save_yaml(path, card("taps_gland").model_copy(update={"name": name, "title": "Our gland"} | changes))
    return path


def test_a_file_in_the_studys_folder_is_a_card_like_any_other(study: Study) -> None:
    path = own_card(study.paths.models)
    assert [one.name for one in cards_of(study).own] == ["our_gland"]
    assert card_of(study, "our_gland").title == "Our gland"
    assert card_to_use(study, "our_gland")[1] == str(path)
    assert card_to_use(study, "taps_gland")[1] == "taps_gland"


def test_a_card_given_by_its_path_is_kept_in_the_study(study: Study, tmp_path: Path) -> None:
    source = own_card(tmp_path / "elsewhere")
    _found, reference = card_to_use(study, str(source))
    source.unlink()
    assert card(reference).name == "our_gland" and card_of(study, "our_gland").title == "Our gland"


def test_a_file_that_redefines_a_packaged_card_is_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        card_to_use(study, str(own_card(tmp_path, name="taps_gland")))
    assert told.value.code is ErrorCode.CONFLICT


@pytest.mark.parametrize("name", ["../evil", "Big", "a b", "x" * 80])
def test_a_card_cannot_be_called_like_a_path(study: Study, name: str) -> None:
    own_card(study.paths.models)
    text = (study.paths.models / "ours.yaml").read_text().replace("name: our_gland", f"name: '{name}'")
    (study.paths.models / "ours.yaml").write_text(text)
    (problem,) = cards_of(study).problems
    assert problem.code is ErrorCode.BAD_CONFIG and cards_of(study).own == []


def test_runs_name_the_card_and_their_jobs_find_its_file(rated: Study, split: Split, tmp_path: Path) -> None:
    source = own_card(tmp_path / "elsewhere")
    trained = prepare_finetune(rated, FinetuneRequest(task="gland", card=str(source)))
    predicted = prepare_predict(rated, "our_gland", rated.cases.all()[:1])
    source.unlink()
    for prepared in (trained, predicted):
        assert prepared.run.config["card"] == "our_gland"
        assert card(prepared.job.model.card).name == "our_gland"  # as the engine does, which knows no study
    assert "from our_gland" in trained.run.title
    write_report(rated, tmp_path / "report.html", pictures={})
    assert "Our gland" in (tmp_path / "report.html").read_text(encoding="utf-8")
