"""Rights of reply (申辩) are told and never owed: to a signed check, and to a proposed veto.

Whoever may reply hears of it in the portal and by mail when the right begins, and again on the
campaign's reminder days up to its last one. Nothing is ever overdue: who keeps silent owes nothing.
The words name the station and the day, and nothing of what was found.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.roles import Permission
from campaign.models import Campaign, CampaignState, Enrolment, ReminderPreference
from common import clock
from deliveries.models import DeliveryKind
from deliveries.notices import is_quiet
from deliveries.services import tell_and_mail
from evaluations.models import CheckReply, CheckState, ReplyState, Veto, VetoState
from evaluations.services.station_news import people_of

STATION = "enrolment__station__organisation__supervisor__supervisor"


@dataclass(frozen=True)
class Right:
    """That something may be said until 24:00 of `due_on`. `row`: the reply, or the veto."""

    row: CheckReply | Veto
    enrolment: Enrolment
    began_on: date
    due_on: date

    def is_about_veto(self) -> bool:
        """A proposed veto, and not a signed check."""
        return isinstance(self.row, Veto)

    def line(self) -> str:
        """What it is about, in the language in force."""
        values = {"station": self.enrolment.organisation.name, "day": self.due_on}
        if self.is_about_veto():
            return _("- proposed veto of %(station)s: reply until %(day)s 24:00") % values
        return _("- signed check of %(station)s: reply until %(day)s 24:00") % values

    def units(self) -> list:
        """Whose it is: the station, and its bureau on its behalf. A bureau that accepts its
        stations itself is not told of what it has signed."""
        bureau, own = self.enrolment.bureau, [self.enrolment.organisation]
        signer = not self.is_about_veto() and bureau == self.enrolment.acceptance_authority
        return own if signer else [*own, bureau]

    def page(self) -> str:
        """Where the reply is given."""
        page = "evaluations:veto" if self.is_about_veto() else "evaluations:check"
        return reverse(page, args=[self.enrolment.pk])


def right_of_check(reply: CheckReply) -> Right:
    """The right that begins when the check is signed."""
    check = reply.check_of
    return Right(reply, check.enrolment, clock.today(check.signed_at), reply.due_on)


def right_of_veto(veto: Veto) -> Right:
    """The right that begins when the veto is proposed."""
    return Right(veto, veto.enrolment, clock.today(veto.proposed_at), veto.reply_due_on)


def running_rights(enrolments, now: datetime) -> list[Right]:
    """What may still be said about `enrolments` (a queryset), the earliest last day first."""
    replies, vetoes = _running(enrolments, now)
    rights = [
        *map(right_of_check, replies.select_related(f"check_of__{STATION}")),
        *map(right_of_veto, vetoes.select_related(STATION)),
    ]
    return sorted(rights, key=lambda right: (right.due_on, right.enrolment.pk))


def _running(enrolments, now):
    today, pks = clock.today(now), enrolments.order_by().values("pk")
    replies = CheckReply.objects.filter(
        state=ReplyState.AWAITED,
        due_on__gte=today,
        check_of__state=CheckState.SIGNED,
        round=F("check_of__round"),
        check_of__enrolment__in=pks,
    )
    vetoes = Veto.objects.filter(
        state=VetoState.PROPOSED, replied_at=None, reply_due_on__gte=today, enrolment__in=pks
    )
    return replies, vetoes


def rights_of(user, campaign: Campaign, now: datetime) -> list[Right]:
    """What the person's unit may say now, for itself or on a station's behalf."""
    if not user.may(Permission.STATION_WORK):
        return []
    unit = user.organisation
    enrolments = Enrolment.objects.filter(
        Q(station__organisation=unit) | Q(station__organisation__supervisor=unit),
        campaign=campaign,
    )
    return [right for right in running_rights(enrolments, now) if unit in right.units()]


def tell_of_right(right: Right, *, now: datetime) -> None:
    """Tell those who may reply that the right has begun, whatever they chose about reminders."""

    def subject():
        if right.is_about_veto():
            return _("A veto is proposed")
        return _("An acceptance check is signed off")

    cause = f"right:{right.row._meta.model_name}:{right.row.pk}"
    _tell({user: [right] for user in _people([right])[right.enrolment.pk]}, subject, cause, now)


def remind_of_rights(*, now: datetime) -> int:
    """Remind of the rights of every open campaign, outside the quiet hours; how many people were
    told. May be repeated: each reminder day is said once."""
    if is_quiet(now):
        return 0
    told = 0
    for campaign in Campaign.objects.filter(state=CampaignState.OPEN):
        # Asked without a lock first: most beats find nothing new on a day.
        if any(rows.exists() for rows in _unsaid(campaign, now)):
            told += _remind(campaign.pk, now)
    return told


def _unsaid(campaign, now):
    rows = _running(Enrolment.objects.filter(campaign=campaign), now)
    return [part.exclude(reminded_until__gte=clock.today(now)) for part in rows]


@transaction.atomic
def _remind(campaign_id, now) -> int:
    # RACE: beats take the campaign's row in turn; the second one finds the day noted.
    campaign, today = Campaign.objects.select_for_update().get(pk=campaign_id), clock.today(now)
    offsets = [step.offset_days for step in campaign.reminder_steps.all() if step.offset_days <= 0]
    running = running_rights(Enrolment.objects.filter(campaign=campaign), now)
    due = [right for right in running if _is_reminder_due(right, offsets, today)]
    for rows in _unsaid(campaign, now):
        rows.update(reminded_until=today)
    if not due:
        return 0
    by_person = defaultdict(list)
    people = _people(due)
    for right in due:
        for user in people[right.enrolment.pk]:
            by_person[user].append(right)
    event = audit.record(
        by=None,
        act="rights.reminded",
        target=campaign,
        now=now,
        after={"rights": len(due), "told": len(by_person)},
    )
    calm = ReminderPreference.objects.filter(user__in=by_person, mail_before_due=False)
    mailless = set(calm.values_list("user_id", flat=True))
    _tell(by_person, lambda: _("A right of reply ends soon"), f"rights:{event.pk}", now, mailless)
    return len(by_person)


def _is_reminder_due(right, offsets, today) -> bool:
    """A reminder day has come since the right began, or since the last one was said."""
    said = right.row.reminded_until or right.began_on
    return any(said < right.due_on + timedelta(days=offset) <= today for offset in offsets)


def _people(rights) -> dict[int, list]:
    """By enrolment: those who may reply."""
    units = defaultdict(set)
    for right in rights:
        for unit in right.units():
            units[unit.pk].add(right.enrolment.pk)
    found = {right.enrolment.pk: {} for right in rights}
    for unit, users in people_of(units).items():
        for pk in units[unit]:
            found[pk] |= {user.pk: user for user in users}
    return {pk: list(users.values()) for pk, users in found.items()}


def _tell(by_person, subject, cause, now, mailless=frozenset()) -> None:
    messages = {}
    for user, rights in by_person.items():
        with translation.override(user.language):
            page = rights[0].page() if len(rights) == 1 else reverse("portal:desk")
            messages[f"{cause}:{user.pk}"] = {
                "user": user,
                "subject": subject(),
                "text": _text(user, rights, page),
                "address": page,
                "now": now,
            }
    tell_and_mail(messages, kind=DeliveryKind.OTHER, mailless=mailless)


def _text(user, rights, page) -> str:
    return "\n".join(
        [
            _("%(name)s, hello.") % {"name": user},
            "",
            _("Something may be said, by the station or by its bureau on its behalf:"),
            *(right.line() for right in rights),
            "",
            _("This is a right and not a duty: whoever keeps silent owes nothing."),
            settings.PORTAL_URL + page,
        ]
    )
