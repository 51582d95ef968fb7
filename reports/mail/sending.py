"""Who gets a paper by mail, and how: attached, or by a link that expires."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation, User, scope_of
from accounts.roles import ROLE_PERMISSIONS, Permission
from common.bilingual import is_chinese
from common.errors import Incomplete, WrongMoment
from deliveries.services import plan_delivery
from reports.mail.words import OCCASIONS, words_of, write_letter
from reports.models import Report, ReportKind, ReportRules, ReportState, Unsubscription
from reports.papers import paper_of
from reports.policies import check_can_steer

LINK_SALT = "reports.link"
UNSUBSCRIBE_SALT = "reports.unsubscribe"


def officers_of(organisation):
    """The active officers with an address of a unit: those whose role there makes reports."""
    roles = [role for role, rights in ROLE_PERMISSIONS.items() if Permission.REPORT_MAKE in rights]
    return (
        User.objects.filter(
            is_active=True,
            memberships__organisation=organisation,
            memberships__active=True,
            memberships__role__in=roles,
        )
        .exclude(email="")
        .distinct()
        .order_by("pk")
    )


def recipients(report: Report):
    """Who gets a summary without asking: the officers of the unit that it is about. One that a
    schedule asked for goes to those who read its language and did not unsubscribe."""
    users = officers_of(report.organisation)
    if report.requested_by_id is None:
        unwilling = Unsubscription.objects.values("user")
        users = users.filter(language=report.language).exclude(pk__in=unwilling)
    return users


def mail_to_officers(*, report: Report, now: datetime) -> None:
    """Plan the mails of a finished summary; planned twice, a mail is sent once. What is only a
    part of a pack goes out with the pack."""
    if report.kind != ReportKind.UNIT_SUMMARY or report.packs.exists():
        return
    for user in recipients(report):
        _plan(report, user=user, address=user.email, occasion="summary", now=now)


def readers_for(user):
    """To whom a person may send papers: the active people with an address in the own unit, all
    below it and right above it; with `unit_name`, of the first of their units."""
    unit = user.organisation
    inside = scope_of(user, "memberships__organisation__path", (Permission.REPORT_MAKE,))
    people = User.objects.filter(inside, memberships__active=True)
    if unit and unit.supervisor_id:
        above = User.objects.filter(
            memberships__organisation=unit.supervisor_id, memberships__active=True
        )
        people = people | above
    units = Organisation.objects.filter(
        memberships__user=OuterRef("pk"), memberships__active=True
    ).order_by("path")
    people = people.filter(is_active=True).exclude(email="").distinct()
    return people.annotate(
        unit_path=Subquery(units.values("path")[:1]),
        unit_name=Subquery(units.values("name_zh" if is_chinese() else "name_en")[:1]),
    ).order_by("unit_path", "name", "pk")


def readers_of(readers, user, unit=None):
    """Those of `readers` at `unit` and below it; without one those of the person's own unit, of the
    one above and of the bureaus right below."""
    if unit:
        return readers.filter(unit_path__startswith=unit.path)
    own = user.organisation
    bureaus = Organisation.objects.bureaus_below(own)
    near = Q(pk__in=[own.pk, own.supervisor_id]) | Q(pk__in=bureaus)
    return readers.filter(unit_path__in=Organisation.objects.filter(near).values("path"))


@transaction.atomic
def send_report(
    *, report: Report, users: Iterable[User], addresses: Iterable[str], note: str, by, now: datetime
) -> int:
    """Mail a ready paper to people of the portal and to other addresses; how many mails.

    Other addresses get it attached, so never a confidential or a large one. Sent again on the same
    day with the same note, nobody gets it twice. Raises `Denied`, `WrongMoment` or `Incomplete`.
    """
    check_can_steer(by, report)
    if report.state != ReportState.DONE:
        raise WrongMoment(_("The report is not ready yet. Its page shows how far it is."))
    addresses = sorted(set(addresses))
    if addresses and _by_link(report):
        raise Incomplete(
            _(
                "A confidential or large paper travels as a link, which only people with an "
                "account can open. Choose them from the list."
            )
        )
    planned = [
        _plan(report, user=user, address=user.email, occasion="sent", note=note, now=now)
        for user in users
    ]
    planned += [
        _plan(report, user=None, address=address, occasion="sent", note=note, now=now)
        for address in addresses
    ]
    audit.record(
        by=by,
        act="report.sent",
        target=report,
        now=now,
        after={"to": [delivery.address for delivery in planned]},
    )
    return len(planned)


def _by_link(report: Report) -> bool:
    limit = ReportRules.of(report.campaign).attachment_kilobytes * 1024
    return paper_of(report).confidential or (report.size or 0) > limit


def _plan(report: Report, *, user, address: str, occasion: str, now: datetime, note: str = ""):
    """One mail, in the reader's language."""
    language = user.language if user else report.language
    paper, linked = paper_of(report), _by_link(report)
    scheduled = report.requested_by_id is None and occasion == "summary"
    unsubscribe = _unsubscribe_address(user) if user and scheduled else ""
    with translation.override(language):
        name = paper.filename(report)
        letter = write_letter(
            *words_of(OCCASIONS[occasion], language),
            {
                "name": user.name if user else _("colleague"),
                "paper": str(report.get_kind_display()),
                "unit": report.organisation.name,
                "campaign": report.campaign.title,
                "year": str(report.campaign.year),
                "file": name,
                "source": source_of(report),
                "where": _where(report, user, name, linked),
                "address": settings.PORTAL_URL + reverse("reports:detail", args=[report.pk]),
                "digest": report.sha256,
                "code": report.spaced_code,
                "note": note,
            },
            demonstration=report.campaign.is_demonstration,
            unsubscribe=unsubscribe,
        )
    delivery = plan_delivery(
        key=_key(report, user, address, occasion, note, now),
        kind="report",
        user=user,
        address=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        attachment="" if linked else report.file.name,
        attachment_name="" if linked else name,
        unsubscribe=unsubscribe,
        now=now,
    )
    report.deliveries.add(delivery)
    return delivery


def _key(report, user, address, occasion, note, now) -> str:
    to = user.pk if user else address
    if occasion == "summary":
        return f"report:{report.pk}:{to}"
    seal = signing.Signer(salt="reports.sent").signature(f"{to}:{note}:{now:%Y-%m-%d}")
    return f"report:{report.pk}:{seal}"


def source_of(report: Report) -> str:
    """What the paper shows, in words: a run, or the work of a day."""
    if report.run_id is None:
        return _("the work as it stood on %(day)s") % {"day": localdate(report.requested_at)}
    return _("run %(number)s of %(time)s") % {
        "number": report.run_id,
        "time": f"{localtime(report.run.made_at):%Y-%m-%d %H:%M}",
    }


def _where(report: Report, user, name: str, linked: bool) -> str:
    if not linked:
        return _("The file is attached: %(file)s") % {"file": name}
    days = ReportRules.of(report.campaign).link_days
    token = signing.dumps({"report": report.pk, "user": user.pk}, salt=LINK_SALT)
    return _("The file can be fetched for %(days)s days, after signing in: %(address)s") % {
        "days": days,
        "address": settings.PORTAL_URL + reverse("reports:link", args=[token]),
    }


def linked_report(token: str, user) -> Report:
    """The report to which a mailed link leads. Raises `WrongMoment` when it is not this person's,
    or not any more."""
    refusal = _(
        "This link is not valid, or not for you: it opens a paper for the person to whom it "
        "was mailed."
    )
    try:
        named = signing.loads(token, salt=LINK_SALT)
        report = Report.objects.for_lists().get(pk=named["report"])
        days = ReportRules.of(report.campaign).link_days
        signing.loads(token, salt=LINK_SALT, max_age=days * 86400)
    except signing.SignatureExpired as error:
        raise WrongMoment(_("This link has expired. Ask the sender for the paper.")) from error
    except (signing.BadSignature, Report.DoesNotExist) as error:
        raise WrongMoment(refusal) from error
    if named["user"] != user.pk:
        raise WrongMoment(refusal)
    return report


def _unsubscribe_address(user) -> str:
    token = signing.dumps(user.pk, salt=UNSUBSCRIBE_SALT)
    return settings.PORTAL_URL + reverse("reports:unsubscribe", args=[token])


def unsubscribed_user(token: str) -> User | None:
    """Whose unsubscription a mailed link asks for; None for a link that is not ours."""
    try:
        pk = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk).first()


@transaction.atomic
def unsubscribe(*, user: User, now: datetime) -> None:
    """No scheduled summaries for `user` any more."""
    row, is_new = Unsubscription.objects.get_or_create(user=user, defaults={"at": now})
    if is_new:
        audit.record(by=None, act="mail.unsubscribed", target=user, now=now, rows=[row])
