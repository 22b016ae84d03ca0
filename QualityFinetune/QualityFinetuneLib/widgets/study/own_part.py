"""The site's own tasks and model cards: which there are, which files cannot be used, and adding one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...cases.tasks import Task
from ...common.known import Named
from ...models.cards import ModelCard
from ...study.study import Study
from ...workflow.own_files import add_own, own_files, problems_of
from ..i18n import tr as _
from ..message_card import MessageCard
from ..session import Session
from ..ui_files import Ui


class OwnPart:
    """Drives the section of that name in Study.ui.

    Args:
        choose_file: asks for a file; None when the user thought better of it.
    """

    def __init__(
        self, ui: Ui, session: Session, message: MessageCard, choose_file: Callable[[str], Path | None]
    ) -> None:
        self.session = session
        self._ui = ui
        self._message = message
        self._choose_file = choose_file
        ui.addOwnButton.connect("clicked()", self.add)

    def show(self, study: Study) -> None:
        """Show what there is."""
        found = own_files(study)
        self._ui.ownListLabel.setText(
            "\n".join(_words(one) for one in found)
            if found
            else _("None. A task or a model card is one YAML file; no program has to be changed.")
        )
        problems = problems_of(study)
        self._ui.ownProblemsLabel.setText("\n".join(f"{one.what} {one.why} {one.next}" for one in problems))
        self._ui.ownProblemsLabel.setVisible(bool(problems))

    def add(self) -> None:
        """Ask for a file and keep a copy in the study."""
        path = self._choose_file(_("Task or model card, a YAML file"))
        if path is None:
            return
        with self.session.telling_failures():
            added = add_own(self.session.needed(), path)
            self.session.refresh()
            self._message.done(_("{what} is added.").format(what=_words(added)), next=_where(added))


def _words(one: Named) -> str:
    if isinstance(one, ModelCard):
        return _("Model card {name}: {title}").format(name=one.name, title=one.title)
    title = one.title if isinstance(one, Task) else one.name
    return _("Task {name}: {title}").format(name=one.name, title=title)


def _where(one: Task | ModelCard) -> str:
    if isinstance(one, ModelCard):
        return _("Choose it in Finetune, or in Results where it predicts by itself.")
    return _("Choose it in Review, Finetune and Results.")
