"""A small study, and short ways to put something into it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.study.records import (
    Adjudication,
    Annotation,
    Case,
    NewAdjudication,
    NewAnnotation,
    NewReading,
    NewSeries,
    Reading,
)
from QualityFinetuneLib.study.study import Study

MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "study", name="Quality of our prostate MRI") as made:
        yield made


@pytest.fixture
def new_case() -> Callable[..., Case]:
    """Add a case with small files; roles are those of its series."""

    def add(study: Study, name: str, *, patient: str | None = None, roles: tuple[Role, ...] = (Role.T2W,)) -> Case:
        folder = study.paths.new_case(name)
        series = []
        for role in roles:
            path = study.paths.series(folder, role.value)
            path.write_bytes(f"{name} {role}".encode())
            series.append(NewSeries(role=role, name=role.value, path=path, headers={"SliceThickness": 3.0}))
        return study.cases.add(patient=patient or f"patient of {name}", exam=f"1.2.{name}", name=name, series=series)

    return add


@pytest.fixture
def new_reading() -> Callable[..., Reading]:
    """Add a reading of ten minutes, seven and a half of them active."""

    def add(study: Study, case: Case, *, reader: str = "Reader A", score: int | None = 2, **changes: Any) -> Reading:
        fields: dict[str, Any] = {
            "case_id": case.id,
            "reader_id": study.readers.ensure(reader).id,
            "form": "pi-qual-v2",
            "form_version": "1.0",
            "protocol": "bpmri",
            "values": {"t2w_snr": True, "t2w_artefacts": False, "t2w_planes": None},
            "exam_score": score,
            "scores": {"t2w": 3, "exam": score},
            "started": MORNING,
            "finished": MORNING + timedelta(minutes=10),
            "active_s": 450.5,
        }
        return study.readings.add(NewReading(**(fields | changes)))

    return add


@pytest.fixture
def new_adjudication() -> Callable[..., Adjudication]:
    """Decide between readings of one case."""

    def add(
        study: Study, *readings: Reading, reader: str = "Reader C", score: int = 3, **changes: Any
    ) -> Adjudication:
        fields: dict[str, Any] = {
            "case_id": readings[0].case_id if readings else 1,
            "reader_id": study.readers.ensure(reader).id,
            "form": "pi-qual-v2",
            "form_version": "1.0",
            "protocol": "bpmri",
            "values": {"t2w_snr": True},
            "exam_score": score,
            "scores": {"t2w": 4, "exam": score},
            "settles": [reading.id for reading in readings],
            "decided": MORNING + timedelta(days=1),
            "note": "Both looked again.",
        }
        return study.adjudications.add(NewAdjudication(**(fields | changes)))

    return add


@pytest.fixture
def new_annotation() -> Callable[..., Annotation]:
    """Add a mask of the gland as a file of its own."""

    def add(study: Study, case: Case, *, task: str = "gland", **changes: Any) -> Annotation:
        fields: dict[str, Any] = {"case_id": case.id, "task": task, "origin": "model", "status": "draft"}
        fields |= changes
        if "path" not in fields:
            fields["path"] = study.paths.new_annotation(case, task)
            write_mask(fields["path"])
        return study.annotations.add(NewAnnotation(**fields))

    return add


def write_mask(path: Path) -> None:
    """A tiny label map on an oblique, anisotropic grid whose numbers do not fit into 32 bits."""
    voxels = np.zeros((4, 6, 5), np.uint8)
    voxels[1:3, 2:4, 1:4] = 1
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.3 + 1e-9, 0.5, 3.0))
    image.SetOrigin((-101.123456789, 12.000000001, 33.3))
    turn = np.deg2rad(20.0)
    image.SetDirection((np.cos(turn), -np.sin(turn), 0, np.sin(turn), np.cos(turn), 0, 0, 0, 1))
    sitk.WriteImage(image, str(path), useCompression=True)


@pytest.fixture
def mask_writer() -> Callable[[Path], None]:
    return write_mask


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test session's own, reached through a socket; skipped where there is none."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    initdb, server = _postgresql_program("initdb"), _postgresql_program("pg_ctl")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed")
    # A socket's path may have 100 characters, and pytest's temporary folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="qf-pg-"))
    user = _as_server_user(folder)
    data = str(folder / "data")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    try:
        _run([initdb, "-D", data, "-U", "tester", "--auth=trust", "-E", "UTF8"], user)
        _run([server, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start"], user)
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            _run([server, "-D", data, "-m", "immediate", "-w", "stop"], user)
    finally:
        shutil.rmtree(folder)


def _postgresql_program(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def _as_server_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then its own user runs it."""
    import os
    import pwd

    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL cannot run as root, and there is no user postgres")
    shutil.chown(folder, "postgres")
    return "postgres"


def _run(command: list[str], user: str | None) -> None:
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def postgresql_database(postgresql_url: str, tmp_path: Path) -> str:
    """A fresh, empty database on the server."""
    import psycopg

    name = f"study_{tmp_path.name}".lower().replace("-", "_")[-60:]
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    return postgresql_url.replace("/postgres?", f"/{name}?")


@pytest.fixture
def postgresql_study(postgresql_database: str, tmp_path: Path) -> Iterator[Study]:
    """A study whose database is a fresh one on the server."""
    with Study.create(tmp_path / "shared study", name="Shared", url=postgresql_database) as made:
        yield made
