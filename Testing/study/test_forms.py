from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.form import Form, load_form
from QualityFinetuneLib.study.forms import StudyForms
from QualityFinetuneLib.study.paths import StudyPaths


@pytest.fixture
def forms(tmp_path: Path) -> StudyForms:
    return StudyForms(StudyPaths(tmp_path))


@pytest.fixture
def form() -> Form:
    return load_form("pi-qual-v2")


def test_a_kept_form_is_the_form_of_then(forms: StudyForms, form: Form) -> None:
    assert forms.get(form.name, form.version) is None and forms.all() == []
    path = forms.keep(form)
    assert path.name == f"pi-qual-v2-{form.version}-{form.sha256[:8]}.yaml"
    written = path.stat().st_mtime_ns
    assert forms.keep(form) == path and path.stat().st_mtime_ns == written
    again = forms.get(form.name, form.version)
    assert again == form and again is not None and again.sha256 == form.sha256


def test_versions_lie_beside_each_other(forms: StudyForms, form: Form) -> None:
    newer = form.model_copy(update={"version": "9.0.0", "title": "Newer"})
    forms.keep(form)
    forms.keep(newer)
    forms.keep(load_form("pi-qual-v1"))
    assert len(forms.all()) == 3
    found = [forms.get(form.name, version) for version in (form.version, "9.0.0")]
    assert [one.title for one in found if one] == [form.title, "Newer"]


def test_a_change_without_a_new_version_is_refused(forms: StudyForms, form: Form) -> None:
    forms.keep(form)
    changed = form.model_copy(update={"title": "Changed"})
    for refuse in (forms.check, forms.keep):
        with pytest.raises(UserError, match="Raise the version") as caught:
            refuse(changed)
        assert caught.value.code == "conflict"
    assert forms.get(form.name, form.version) == form


def test_a_copy_that_was_changed_is_told(forms: StudyForms, form: Form) -> None:
    path = forms.keep(form)
    path.write_text(path.read_text(encoding="utf-8").replace(form.title, "Other", 1), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        forms.get(form.name, form.version)
    assert caught.value.code == "hash_mismatch"
