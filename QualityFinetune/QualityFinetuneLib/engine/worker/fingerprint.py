"""Is this the same run? A hash of all that a result depends on, but the machine."""

from __future__ import annotations

import hashlib
import json

from ...common.files import sha256_of
from ..protocol.jobs import CaseFiles, FinetuneJob
from .network import Network


def fingerprint(job: FinetuneJob, network: Network) -> str:
    """Hash of settings, network, start and contents of all files; not of paths, so that a study may be moved."""
    settings = job.model_dump(mode="json", include={"kind", "task", "options", "precision", "seed"})
    meta = network.meta.model_dump(mode="json", exclude={"software_version"})
    cases = [[content_of(case) for case in chosen] for chosen in (job.train, job.validate_on)]
    return hashlib.sha256(json.dumps([settings, meta, network.start, cases], sort_keys=True).encode()).hexdigest()


def content_of(case: CaseFiles) -> list[object]:
    """Name, stratum, known answer and hash of each file of a case."""
    files = {role.value: path for role, path in case.images.items()} | {"label": case.label}
    # A file that is not there is told later, by whoever reads it.
    hashes = {name: sha256_of(path) for name, path in files.items() if path is not None and path.is_file()}
    return [case.id, case.quality, case.answer, hashes]
