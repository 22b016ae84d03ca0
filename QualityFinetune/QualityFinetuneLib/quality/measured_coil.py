"""Which coil received, from the name that the scanner gave it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .checks import TechnicalCheck
from .measured import Measured
from .series_headers import SeriesHeaders

ENDORECTAL = re.compile(r"endo|rectal|e-?coil|\bERC?\b", re.IGNORECASE)
ARRAY = re.compile(
    r"\bBO\d|\bSP\d|torso|body.?(?:matrix|array|flex)|spine|cardiac|pelvi|anterior|posterior", re.IGNORECASE
)
"""Siemens lists the elements in use: `BO1,2;SP5` are two of the body array and one of the spine array."""
BUILT_IN = re.compile(r"^(?:q?-?body|bc|b)$", re.IGNORECASE)


def receive_coil(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """How many kinds of coil the headers name: endorectal, an array on the body, or the one built into the magnet.

    A name that tells none of them leaves the finding unknown, as it does not say what is not there.
    """
    names = list(dict.fromkeys(name for one in series if (name := one.text("ReceiveCoilName"))))
    if not names:
        return Measured(found="The receive coil is not in the headers.")
    kinds = list(dict.fromkeys(kind for name in names if (kind := kind_of(name))))
    shown = " and ".join(names)
    if not kinds:
        return Measured(found=f"{shown}; the name does not tell whether it is endorectal or an array on the body")
    without = "" if "endorectal coil" in kinds else ", no endorectal coil named"
    return Measured(values=(float(len(kinds)),), found=f"{' and '.join(kinds)} ({shown}){without}")


def kind_of(name: str) -> str | None:
    """What kind of coil a name means, None where it does not tell."""
    if ENDORECTAL.search(name):
        return "endorectal coil"
    if BUILT_IN.match(name):
        return "coil built into the magnet"
    if ARRAY.search(name):
        return "array on the body"
    return None
