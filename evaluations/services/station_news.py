"""What was decided about a station reaches it: its people, and its bureau's, are told in the portal
and by mail, in the transaction of the decision. The words name the station and the outcome, and
nothing of what was found; the page says the rest.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.roles import ROLE_PERMISSIONS, Permission
from campaign.models import Enrolment
from deliveries.models import DeliveryKind
from deliveries.services import tell_and_mail
from evaluations.models import AcceptanceCheck, CheckReply, Recheck, Reopening, Veto, VetoState

ROLES = [role for role, held in ROLE_PERMISSIONS.items() if Permission.STATION_WORK in held]


def people_of(units) -> dict[int, list[User]]:
    """By unit (its number): who works for its stations, each once."""
    found = {}
    rows = Membership.objects.filter(
        organisation__in=units,
        role__in=ROLES,
        active=True,
        user__is_active=True,
        organisation__active=True,
    ).select_related("user")
    for row in rows.order_by("pk"):
        found.setdefault(row.organisation_id, {})[row.user_id] = row.user
    return {pk: list(users.values()) for pk, users in found.items()}


def tell_of_objections(reply: CheckReply, *, now: datetime) -> None:
    """Every objection of the reply is decided."""
    _tell_of_check(
        reply.check_of,
        f"objections:{reply.pk}",
        lambda: _("Your objections are decided"),
        lambda: _("The objections of %(station)s to its acceptance check are decided."),
        now,
    )


def tell_of_recheck(recheck: Recheck, *, now: datetime) -> None:
    """The re-check of a conditional acceptance is recorded."""

    def line():
        if recheck.passed:
            return _("The re-check of %(station)s found everything mended.")
        return _("The re-check of %(station)s found that not everything is mended.")

    _tell_of_check(
        recheck.check_of, f"recheck:{recheck.pk}", lambda: _("A re-check is recorded"), line, now
    )


def tell_of_reopening(reopening: Reopening, *, now: datetime) -> None:
    """A signed check is opened again: its result no longer stands."""
    _tell_of_check(
        reopening.check_of,
        f"reopening:{reopening.pk}",
        lambda: _("An acceptance check is opened again"),
        lambda: _("The acceptance check of %(station)s is opened again; its result may change."),
        now,
    )


VETO_NEWS = {
    VetoState.IN_EFFECT: lambda: _("The veto of %(station)s is in effect."),
    VetoState.REJECTED: lambda: _("The proposed veto of %(station)s is rejected."),
    VetoState.LIFTED: lambda: _("The veto of %(station)s is lifted."),
}


def tell_of_veto(veto: Veto, *, now: datetime, eligibility_of=None) -> None:
    """A proposed veto is decided, or one in effect is lifted. `eligibility_of`: the unit whose
    eligibility goes or comes back with it, and which hears of it too."""
    enrolment = veto.enrolment

    def text():
        line = VETO_NEWS[veto.state]()
        if eligibility_of is None:
            return line
        values = {"unit": eligibility_of.name}
        if veto.state == VetoState.LIFTED:
            return f"{line}\n" + _("It no longer withdraws the eligibility of %(unit)s.") % values
        return f"{line}\n" + _("It withdraws the eligibility of %(unit)s for this year.") % values

    _tell(
        enrolment,
        {enrolment.organisation, enrolment.bureau, eligibility_of or enrolment.bureau},
        reverse("evaluations:veto", args=[enrolment.pk]),
        f"veto:{veto.pk}:{veto.state}",
        lambda: _("A veto is lifted") if veto.state == VetoState.LIFTED else _("A veto is decided"),
        text,
        now,
    )


def _tell_of_check(check: AcceptanceCheck, cause, subject, text, now) -> None:
    # A bureau that accepts its stations itself is not told of what it has decided.
    enrolment = check.enrolment
    units = {enrolment.organisation, enrolment.bureau} - {check.authority}
    page = reverse("evaluations:check", args=[enrolment.pk])
    _tell(enrolment, units, page, cause, subject, text, now)


def _tell(
    enrolment: Enrolment,
    units,
    page: str,
    cause: str,
    subject: Callable[[], str],
    text: Callable[[], str],
    now: datetime,
) -> None:
    messages = {}
    for user in {user for users in people_of(units).values() for user in users}:
        with translation.override(user.language):
            messages[f"{cause}:{user.pk}"] = {
                "user": user,
                "subject": subject(),
                "text": "\n".join(
                    [
                        _("%(name)s, hello.") % {"name": user},
                        "",
                        text() % {"station": enrolment.organisation.name},
                        "",
                        settings.PORTAL_URL + page,
                    ]
                ),
                "address": page,
                "now": now,
            }
    tell_and_mail(messages, kind=DeliveryKind.OTHER)
