"""Points on a criterion: the same rules for a form, an import and a batch."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

STEP = Decimal("0.5")


def check_mark(value: Decimal, points: Decimal) -> None:
    """Raise `ValidationError` unless `value` lies in 0 … `points` in steps of 0.5."""
    if not 0 <= value <= points or value % STEP:
        raise ValidationError(
            _("Give 0 to %(points)s in steps of 0.5.") % {"points": points.normalize()}
        )


def check_remark(self_score: Decimal, points: Decimal, remark: str) -> None:
    """A self score below the points needs the problem that was found."""
    if self_score < points and not remark.strip():
        raise ValidationError(_("Say which problem was found: the score is below the points."))


def check_reason(deduction: Decimal, points: Decimal, reason: str) -> None:
    """A deduction needs its reason, whatever the `points`."""
    if deduction > 0 and not reason.strip():
        raise ValidationError(_("Give the reason of the deduction."))
