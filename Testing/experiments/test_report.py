"""The report stands alone, escapes what it shows, names nobody when blinded, and says what is simulated."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.experiments.report import write_report
from QualityFinetuneLib.study.study import Study

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Text, tags and links of a page; notes tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.mistakes: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data + " "  # neighbours in a table or list are different words


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "case-0001-zones-prediction.png"
    sitk.WriteImage(sitk.GetImageFromArray(np.full((8, 8), 77, np.uint8)), str(path))
    return path


@pytest.fixture(scope="session")
def html(finished: Study, picture: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(finished, path, pictures={1: [picture], 99: [picture]}, note="A note & more.")
    return path.read_text(encoding="utf-8")


def test_it_links_to_nothing_and_runs_nothing(html: str) -> None:
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "a", "form"})
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        if tag == "img":
            source = attributes["src"]
            assert source is not None
            assert base64.b64decode(source.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
            assert attributes["alt"]
    assert "url(" not in html
    assert any("default-src 'none'" in (a.get("content") or "") for tag, a in page.tags if tag == "meta")


def test_it_is_well_formed(html: str) -> None:
    page = Page(html)
    assert page.mistakes == []
    assert page.open == []


def test_names_from_the_study_are_escaped(html: str) -> None:
    assert "<script>alert" not in html
    assert "<script>alert('x')</script> & Söhne" in Page(html).text


def test_blinded_it_names_no_case_patient_reader_or_folder(html: str, finished: Study) -> None:
    assert "Simulated-000" not in html
    assert "Reader A" not in html
    assert str(finished.folder) not in html
    assert "Case 0001 (simulated)" in html


def test_unblinded_it_shows_the_real_names(finished: Study, tmp_path: Path) -> None:
    write_report(finished, tmp_path / "r.html", pictures={}, blinded=False)
    assert "Simulated-0001" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_what_is_simulated_is_stamped(html: str, tmp_path: Path) -> None:
    assert "SIMULATED IMAGES: all 6 exams" in Page(html).text
    with Study.create(tmp_path / "s", name="Real") as study:
        study.cases.add(patient="p", exam="e", name="n", series=[])
        write_report(study, tmp_path / "r.html", pictures={})
    assert "SIMULATED" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_it_tells_quality_training_results_and_provenance(html: str) -> None:
    text = re.sub(r"\s+", " ", Page(html).text)
    for told in (
        "High quality means: exam score of PI-QUAL v2 is at least 2",
        "5 standing readings by 1 reader",
        "encoder frozen, decoder trained",
        "None of these",
        "too few to conclude anything",
        "Verdict",
        "accepted",
        "MIT",
        "Research use only",
        "SHA-256",
        "torch 2.13.0",
        "A note & more.",
        "× imported, zones",
        "Prediction",
    ):
        assert told in text, told
    assert re.search(r"PZ all \d 1\.00", text), "the scripted predictions are the references"


def test_every_case_and_what_it_was_used_for_is_listed(html: str) -> None:
    rows = re.findall(r'<tr>\s*<td class="name">(Case \d{4} \(simulated\))</td>.*?</tr>', html, flags=re.DOTALL)
    assert rows == [f"Case {n:04d} (simulated)" for n in range(1, 7)]
    assert "trained on (run 1)" in html
    assert "chose the epoch (run 1)" in html


def test_an_empty_study_has_a_report_too(tmp_path: Path) -> None:
    with Study.create(tmp_path / "s", name="Empty") as study:
        write_report(study, tmp_path / "r.html", pictures={})
    text = Page((tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert "No case has been rated yet" in text
    assert "Nothing has been finetuned" in text
