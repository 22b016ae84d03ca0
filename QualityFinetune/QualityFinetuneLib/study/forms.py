"""Copies of the forms that a study's readings were made with, so that each stays readable as it was asked."""

from __future__ import annotations

from pathlib import Path

from ..common.errors import ErrorCode, UserError
from ..common.yaml_config import load_yaml, save_yaml
from ..quality.form import Form
from .paths import StudyPaths

HASH_LETTERS = 8


class StudyForms:
    """The folder `forms/` of a study: `<name>-<version>-<first letters of the hash>.yaml`, one file a version.

    Within a study, name and version tell one wording and one set of rules: a form that was changed without a new
    version is refused, because its readings could not be told apart from the earlier ones.
    """

    def __init__(self, paths: StudyPaths) -> None:
        self.folder = paths.folder / "forms"

    def check(self, form: Form) -> None:
        """Refuse a form whose version another form has in this study already.

        Raises:
            UserError: CONFLICT.
        """
        for path in self._copies(form.name, form.version):
            if path.stem != _stem(form):
                raise UserError(
                    ErrorCode.CONFLICT,
                    what=f"The form {form.name} {form.version} was not used.",
                    why="It was changed, but readings of this study were made with another form of that version.",
                    next="Raise the version in the changed form and use it again; old readings keep their own copy.",
                )

    def keep(self, form: Form) -> Path:
        """Put a copy of the form into the study unless it is there; a copy is never changed.

        Raises:
            UserError: as `check`; DISK_FULL.
        """
        self.check(form)
        path = self.folder / f"{_stem(form)}.yaml"
        if not path.is_file():
            save_yaml(path, form)
        return path

    def get(self, name: str, version: str) -> Form | None:
        """The kept form, None where there is no copy.

        Raises:
            UserError: HASH_MISMATCH when the copy was changed since; BAD_CONFIG when it is damaged.
        """
        copies = self._copies(name, version)
        if not copies:
            return None
        form = load_yaml(copies[0], Form)
        if copies[0].stem != _stem(form):
            raise UserError(
                ErrorCode.HASH_MISMATCH,
                what=f"The copy of the form {name} {version} cannot be used.",
                why=f"{copies[0].name} was changed after readings were made with it.",
                next="Restore the file from a backup of the study.",
            )
        return form

    def all(self) -> list[Form]:
        """Every kept form, by name and version as text.

        Raises:
            UserError: BAD_CONFIG when a copy is damaged.
        """
        return [load_yaml(path, Form) for path in sorted(self.folder.glob("*.yaml"))]

    def _copies(self, name: str, version: str) -> list[Path]:
        letters = "[0-9a-f]" * HASH_LETTERS
        return sorted(self.folder.glob(f"{name}-{version}-{letters}.yaml"))


def _stem(form: Form) -> str:
    return f"{form.name}-{form.version}-{form.sha256[:HASH_LETTERS]}"
