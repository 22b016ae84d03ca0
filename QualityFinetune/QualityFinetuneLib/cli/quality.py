"""`quality`: agreement of readers, adjudication, distribution and reports. Other commands about quality join here."""

from __future__ import annotations

import typer

from . import quality_adjudicate, quality_agreement, quality_distribution

app = typer.Typer(
    no_args_is_help=True, help="Agreement of readers, decisions where they differ, distribution of quality, export."
)
app.command("agreement")(quality_agreement.agreement)
app.command("adjudicate")(quality_adjudicate.adjudicate)
app.command("distribution")(quality_distribution.distribution)
