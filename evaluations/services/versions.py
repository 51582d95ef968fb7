"""Two people on one form: the second to save is told so and overwrites nothing."""

from django.db.models import F
from django.utils.translation import gettext as _

from common.errors import WrongMoment


class Stale(WrongMoment):
    """The form was opened before somebody else saved."""

    def __init__(self):
        super().__init__(
            _(
                "Somebody else saved in the meantime. Nothing was overwritten: what you typed is "
                "still here. Open the page in a second window, compare, and save again from there."
            )
        )


def claim(rows, version: int) -> None:
    """Raise the version of the one row in `rows` from `version`; `Stale` when it has moved on.

    RACE: the condition and the change are one statement, so of two savers one wins.
    """
    if not rows.filter(version=version).update(version=F("version") + 1):
        raise Stale
