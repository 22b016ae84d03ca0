from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.models import registry
from QualityFinetuneLib.models.cards import outputs_for
from QualityFinetuneLib.models.registry import card, cards, weights_path

MEMBER = "taps/resources/model_v1.onnx"


def test_every_model_of_the_first_version_has_a_card() -> None:
    assert {found.name for found in cards()} >= {"taps_gland", "profound_conv", "profound_conv_classifier"}


@pytest.mark.parametrize("name", [found.name for found in cards()])
def test_a_card_says_what_a_user_must_know(name: str) -> None:
    found = card(name)
    assert found.name == name
    for text in (found.title, found.source, found.citation, found.licence, found.limits, found.weights.how_to_get):
        assert len(text) > 2
    assert "esearch use only" in found.limits


def test_a_card_for_a_task_fits_that_task() -> None:
    for found in cards():
        if found.task is not None:
            task = load_task(found.task)
            assert found.outputs == outputs_for(len(task.labels))
            assert found.labels == tuple(label.name for label in task.labels)


def test_an_unknown_model_is_told_with_the_known_ones() -> None:
    with pytest.raises(UserError) as caught:
        card("profund")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert "taps_gland" in caught.value.why


def test_weights_that_the_user_must_download_are_not_on_this_machine() -> None:
    assert weights_path(card("profound_conv")) is None


def test_weights_in_an_installed_package_are_found_without_importing_it() -> None:
    code = (
        "import sys\n"
        "from QualityFinetuneLib.models.registry import card, cards, weights_path\n"
        "import QualityFinetuneLib.models.meta\n"
        "print(weights_path(card('taps_gland')))\n"
        "assert not {'taps', 'torch', 'monai', 'onnx'} & set(sys.modules), 'imported too much'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_that_is_not_installed_has_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.delenv("QUALITYFINETUNE_TAPS_WHEEL", raising=False)
    monkeypatch.setattr(registry.metadata, "distribution", absent)
    assert weights_path(card("taps_gland")) is None


def test_an_installed_package_without_the_file_has_no_weights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Incomplete:
        def locate_file(self, member: str) -> Path:
            return tmp_path / member

    monkeypatch.delenv("QUALITYFINETUNE_TAPS_WHEEL", raising=False)
    monkeypatch.setattr(registry.metadata, "distribution", lambda name: Incomplete())
    assert weights_path(card("taps_gland")) is None


def test_the_environment_may_name_a_wheel_a_folder_or_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    member = tmp_path / "unpacked" / MEMBER
    member.parent.mkdir(parents=True)
    member.write_bytes(b"weights")
    wheel = tmp_path / "lavlab_taps-1.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(member, MEMBER)
    for named, expected in ((wheel, wheel), (tmp_path / "unpacked", member), (member, member)):
        monkeypatch.setenv("QUALITYFINETUNE_TAPS_WHEEL", str(named))
        assert weights_path(card("taps_gland")) == expected


def test_an_environment_that_names_nothing_usable_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for named in (tmp_path, tmp_path / "absent.whl"):
        monkeypatch.setenv("QUALITYFINETUNE_TAPS_WHEEL", str(named))
        with pytest.raises(UserError) as caught:
            weights_path(card("taps_gland"))
        assert caught.value.code is ErrorCode.NO_WEIGHTS
