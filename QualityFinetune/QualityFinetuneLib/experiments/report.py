"""One self-contained HTML file about a study: quality, training, results by quality, overlays, provenance."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..common.files import write_text
from ..common.resources import resource
from ..common.version import __version__
from ..study.blinding import Blinding, label_of
from ..study.study import Study
from . import charts
from .agreement_chart import crossed_chart
from .agreement_section import Compared, agreement_section
from .answers_section import answers_section
from .report_data import CaseLine, report_data
from .shift_chart import shift_chart
from .shift_section import shift_section

TEMPLATE = "report.html.j2"


def write_report(
    study: Study, path: Path, *, pictures: Mapping[int, Sequence[Path]], blinded: bool = True, note: str = ""
) -> None:
    """Write the report; it links to nothing outside itself and holds no script.

    Args:
        study: what it is about.
        path: the HTML file, complete or absent.
        pictures: PNG files by case id, shown large in that order; the last word of a file's name, after the last
            dash, is what the picture is called.
        blinded: neutral case names, and free text rid of what identifies a case.
        note: a sentence of the caller's, e.g. what could not be done.
    """
    names = {case.id: label_of(case, blinded=blinded) for case in study.cases.all()}
    data = report_data(study, names=names, hide=Blinding(study, blinded=blinded).text)
    agreement, shift = agreement_section(study, blinded=blinded), shift_section(study)
    shown = [
        {"case": line, "images": [(_title(picture), _inline(picture.read_bytes())) for picture in pictures[line.id]]}
        for line in data.cases
        if pictures.get(line.id)
    ]
    template = resource("Report", TEMPLATE)
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = _number
    html = environment.get_template(template.name).render(
        data=data,
        pictures=shown,
        quality_chart=_inline(charts.quality(data.cases)) if data.cases else None,
        learning_charts={t.run_id: _inline(charts.learning(t)) for t in data.trainings if len(t.history) > 1},
        agreement=agreement,
        agreement_charts={
            "between": _crossed(agreement.between),
            "within": [_crossed(compared) for compared in agreement.within],
        },
        shift=shift,
        shift_chart=_inline(shift_chart(shift.shift)) if shift.shift is not None else None,
        answers=answers_section(study, names=names, hide=Blinding(study, blinded=blinded).text),
        dice_charts={e.run_id: _inline(charts.dice_by_case(e)) for e in data.evaluations if e.dice},
        blinded=blinded,
        note=note,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=__version__,
        counts=_counts(data.cases),
    )
    write_text(path, html)


def _counts(cases: Sequence[CaseLine]) -> dict[str, int]:
    counts = {level: sum(line.quality == level for line in cases) for level in ("high", "low")}
    return counts | {"unrated": len(cases) - sum(counts.values()), "simulated": sum(line.simulated for line in cases)}


def _title(picture: Path) -> str:
    return picture.stem.rpartition("-")[2].capitalize()


def _crossed(compared: Compared | None) -> str | None:
    return _inline(crossed_chart(compared.crossed)) if compared is not None and compared.crossed else None


def _inline(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
