"""`quality`: agreement of readers, adjudication, distribution and reports. Other commands about quality join here."""

from __future__ import annotations

import typer

from . import (
    quality_adjudicate,
    quality_agreement,
    quality_degrade,
    quality_distribution,
    quality_export_sr,
    quality_measure,
    quality_predict,
    quality_readings,
    quality_technical,
    quality_train_predictor,
)

app = typer.Typer(
    no_args_is_help=True, help="Headers and measures of quality, simulated faults, agreement, distribution, export."
)
app.command("technical")(quality_technical.technical)
app.command("measure")(quality_measure.measure)
app.command("degrade")(quality_degrade.degrade)
app.command("train-predictor")(quality_train_predictor.train_predictor)
app.command("predict")(quality_predict.predict)
app.command("readings")(quality_readings.readings)
app.command("agreement")(quality_agreement.agreement)
app.command("adjudicate")(quality_adjudicate.adjudicate)
app.command("distribution")(quality_distribution.distribution)
app.command("export-sr")(quality_export_sr.export_sr)
