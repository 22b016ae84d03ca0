"""Where things lie in a study folder: absolute paths outside, relative ones in the database."""

from __future__ import annotations

from pathlib import Path

from ..common.files import inside
from .records import Case
from .slugs import slug, unused

RESERVATION = ".reserved"
"""Suffix of the hidden, empty file that keeps a mask's name for one writer until the mask is recorded."""


class StudyPaths:
    """Folders and files of one study.

    `study.yaml`, `study.sqlite`, `cases/<case>/<series>.nrrd`, `annotations/<case>/<task>-<n>.nrrd`, `runs/<id>/`,
    `exports/`, `forms/`, `predictors/`, and the site's own `tasks/` and model cards in `models/`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.settings = self.folder / "study.yaml"
        self.database = self.folder / "study.sqlite"
        self.cases = self.folder / "cases"
        self.annotations = self.folder / "annotations"
        self.runs = self.folder / "runs"
        self.exports = self.folder / "exports"
        self.predictors = self.folder / "predictors"
        self.tasks = self.folder / "tasks"
        self.models = self.folder / "models"

    def relative(self, path: Path) -> str:
        """`path` as the database keeps it: relative to the study folder, with forward slashes.

        Raises:
            UserError: BAD_CONFIG when it lies outside.
        """
        return inside(self.folder, path).relative_to(self.folder).as_posix()

    def absolute(self, relative: str) -> Path:
        """The path that the database means.

        Raises:
            UserError: BAD_CONFIG when it would lead out of the study folder.
        """
        return inside(self.folder, relative)

    def new_case(self, name: str) -> Path:
        """Make and return an empty folder `cases/<slug>` for a case called `name`; nobody else gets the same."""
        self.cases.mkdir(parents=True, exist_ok=True)
        while True:
            # Compared without case: a study may be carried to a file system that takes `A` and `a` for one name.
            taken = {entry.name.casefold() for entry in self.cases.iterdir()}
            folder = self.cases / unused(slug(name), taken)
            try:
                folder.mkdir()
            except FileExistsError:  # another process was faster
                continue
            return folder

    def series(self, case_folder: Path, name: str) -> Path:
        """A free path `cases/<slug>/<name>.nrrd` in a folder from `new_case`."""
        taken = {entry.stem.casefold() for entry in case_folder.iterdir()}
        return case_folder / f"{unused(slug(name, otherwise='series'), taken)}.nrrd"

    def new_annotation(self, case: Case, task: str) -> Path:
        """A path `annotations/<case>/<task>-<n>.nrrd` for a mask to be written; nobody else gets the same."""
        folder = self.annotations / case.slug
        folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = folder / f"{slug(task, otherwise='task')}-{number}.nrrd"
            if _reserve(path):
                return path
            number += 1

    def run(self, run_id: int) -> Path:
        """Folder of a run."""
        return self.runs / str(run_id)


def reservation_of(annotation: Path) -> Path:
    """The hidden file that reserves `annotation`'s name."""
    return annotation.with_name(f".{annotation.name}{RESERVATION}")


def _reserve(annotation: Path) -> bool:
    reservation = reservation_of(annotation)
    try:
        reservation.touch(exist_ok=False)
    except FileExistsError:
        return False
    # Looked at after reserving: another writer may have recorded this mask and freed its reservation just before.
    if annotation.exists():
        reservation.unlink()
        return False
    return True
