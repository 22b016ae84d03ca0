"""A process that writes into a study and tells each record once it is stored: `writer.py FOLDER WHAT NAME COUNT`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.study.records import NewReading, NewSeries
from QualityFinetuneLib.study.study import Study


def add_reading(study: Study, reader: str, number: int) -> str:
    now = datetime.now(UTC)
    return study.readings.add(
        NewReading(
            case_id=1,
            reader_id=study.readers.ensure(reader).id,
            form="pi-qual-v2",
            form_version="1.0",
            protocol="bpmri",
            values={"number": number},
            exam_score=2,
            started=now,
            finished=now,
            active_s=number,
        )
    ).sha256


def add_case(study: Study, patient: str, number: int) -> str:
    folder = study.paths.new_case("exam")
    series = []
    for role in (Role.T2W, Role.ADC, Role.HBV):
        path = study.paths.series(folder, role.value)
        path.write_bytes(f"{patient} {number} {role}".encode())
        series.append(NewSeries(role=role, name=role.value, path=path))
    name = f"{patient}-{number}"
    return study.cases.add(patient=name, exam=name, name=name, series=series).name


def main() -> None:
    folder, what, name, count = sys.argv[1:]
    add = {"readings": add_reading, "cases": add_case}[what]
    with Study.open(Path(folder)) as study:
        for number in range(int(count)):
            print(add(study, name, number), flush=True)


if __name__ == "__main__":
    main()
