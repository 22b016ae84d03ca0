"""A study from before there were answers opens in this version."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.study.study import Study


def test_a_study_of_an_earlier_version_gets_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    upgrade = command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _: upgrade(config, "0002"))
        Study.create(tmp_path / "old", name="Old").close()
    with Study.open(tmp_path / "old") as study:
        assert study.answers.all() == []
        assert study.verify() == []
    assert (tmp_path / "old" / "study.sqlite.bak-0002").is_file()
