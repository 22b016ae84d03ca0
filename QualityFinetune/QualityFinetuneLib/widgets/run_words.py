"""What a run in progress says in its box: title, bar, time to go, numbers. No Qt."""

from __future__ import annotations

from .i18n import tr as _
from .run_monitor import RunProgress
from .words import duration_words, number_words, run_kind_words


def title(progress: RunProgress) -> str:
    """What is going on."""
    kind = run_kind_words(progress.kind)
    return {
        "idle": "",
        "starting": _("{kind}: starting the engine …").format(kind=kind),
        "running": _("{kind} is running").format(kind=kind),
        "cancelling": _("{kind}: stopping after this step …").format(kind=kind),
        "done": _("{kind}: done").format(kind=kind),
        "cancelled": _("{kind}: cancelled").format(kind=kind),
        "failed": _("{kind}: failed").format(kind=kind),
    }[progress.state]


def status(progress: RunProgress) -> str:
    """How far it is, how long it still takes, and on what it runs."""
    told = []
    if progress.total:
        unit = {"step": _("steps"), "epoch": _("epochs"), "case": _("cases")}.get(progress.unit, progress.unit)
        told.append(_("{done} of {total} {unit}").format(done=progress.done, total=progress.total, unit=unit))
    if progress.state == "running" and progress.eta_s is not None:
        told.append(_("about {time} to go").format(time=duration_words(progress.eta_s)))
    elif not progress.active and progress.elapsed_s:
        told.append(_("took {time}").format(time=duration_words(progress.elapsed_s)))
    if progress.device:
        told.append(_("on {device}").format(device=_device_words(progress.device)))
    if progress.active:
        told += _estimates(progress)
    return " · ".join(told)


def _estimates(progress: RunProgress) -> list[str]:
    """What the engine reckoned before it began; the time only as long as nothing better is known."""
    told = []
    if progress.estimated_s is not None and progress.eta_s is None:
        told.append(_("about {time} in all").format(time=duration_words(progress.estimated_s)))
    if progress.estimated_memory_gb is not None:
        told.append(_("needs about {memory} GB").format(memory=number_words(progress.estimated_memory_gb, 1)))
    return told


def _device_words(name: str) -> str:
    return "CPU" if name.lower() == "cpu" else name


def metric(progress: RunProgress) -> str:
    """The last validation value, large."""
    if not progress.curve:
        return ""
    return _("{name} {value}").format(name=metric_name(progress), value=number_words(progress.curve[-1][1]))


def caption(progress: RunProgress) -> str:
    """What the curve shows, and the loss."""
    told = []
    if progress.curve:
        first, last = progress.curve[0][0], progress.curve[-1][0]
        told.append(
            _("Validation {name}, epochs {first} to {last}, best {best}").format(
                name=metric_name(progress), first=first, last=last, best=number_words(progress.best)
            )
        )
    if progress.loss is not None:
        told.append(_("training loss {loss}").format(loss=number_words(progress.loss, 3)))
    return "; ".join(told)


def metric_name(progress: RunProgress) -> str:
    """The metric without the part of its name that only the engine needs."""
    name = progress.curve_name.replace("validation_", "").replace("val_", "").replace("_", " ").strip()
    return name[:1].upper() + name[1:] if name else _("Dice")
