"""Generated documents (报告): asked for in the database, made by Celery, kept with a checksum."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from campaign.models import Campaign
from deliveries.models import Delivery
from scoring.models import ScoreRun

# Without 0 O 1 I L U: a check code is read off paper and typed.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12


class ReportKind(models.TextChoices):
    UNIT_SUMMARY = "unit_summary", _("Summary of a unit")
    STATION_CARDS = "station_cards", _("Report cards of stations")
    ALL_CARDS = "all_cards", _("All report cards, zipped by bureau")
    RANKING_LIST = "ranking_list", _("Ranking list")
    CIRCULAR = "circular", _("Circular")
    AWARD_LIST = "award_list", _("List of award recommendations")
    ACCEPTANCE_REPORT = "acceptance_report", _("Acceptance report")
    MINUTES = "minutes", _("Minutes of a review meeting")
    RECTIFICATION_NOTICE = "rectification_notice", _("Rectification notice")
    RECTIFICATION_REPLY = "rectification_reply", _("Reply to a rectification notice")
    POSTERS = "posters", _("Posters with QR codes")
    RANKING_BOOK = "ranking_book", _("Workbook: ranking")
    REGISTER_BOOK = "register_book", _("Workbook: station register")
    LEDGER_BOOK = "ledger_book", _("Workbook: rectification ledger")
    COMPLETENESS_BOOK = "completeness_book", _("Workbook: completeness")
    YEAR_PACK = "year_pack", _("Year pack for upward reporting")


class ReportState(models.TextChoices):
    QUEUED = "queued", _("queued")
    WAITING = "waiting", _("waits for its parts")
    RUNNING = "running", _("being made")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("file no longer kept")


UNDER_WAY = (ReportState.QUEUED, ReportState.WAITING, ReportState.RUNNING)
# What is asked for again is made again; an expired one is followed by a new version instead.
BROKEN_OFF = (ReportState.FAILED, ReportState.CANCELLED)

# The papers without scores: everybody who reads a unit's work reads them.
OPEN_KINDS = (
    ReportKind.MINUTES,
    ReportKind.RECTIFICATION_NOTICE,
    ReportKind.RECTIFICATION_REPLY,
    ReportKind.POSTERS,
    ReportKind.REGISTER_BOOK,
    ReportKind.LEDGER_BOOK,
    ReportKind.COMPLETENESS_BOOK,
)


def new_code() -> str:
    """A check code that nobody guesses (59 bits)."""
    return "".join(secrets.choice(CODE_LETTERS) for _place in range(CODE_LENGTH))


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Papers about units in the person's scope: those with scores for who reads rankings and
        sees the run, the open ones for who reads business data."""
        scores = scope_of(user, "organisation__path", (Permission.RANKING_READ,))
        work = scope_of(user, "organisation__path", (Permission.READ,))
        rows = self.filter(scores & ~Q(kind__in=OPEN_KINDS) | work & Q(kind__in=OPEN_KINDS))
        return rows.filter(Q(run=None) | Q(run__in=ScoreRun.objects.visible_to(user)))

    def for_lists(self):
        """With all that a row of a list names, in one query."""
        return self.select_related("campaign", "organisation", "requested_by")

    def newest_of(self, series: str):
        """The latest version of a series that was finished; None before there is one."""
        rows = self.filter(series=series, finished_at__isnull=False)
        return rows.order_by("-version").first()


class Report(models.Model):
    """A document about a unit.

    `key` makes the same request one job. `series` names what the document is about, whatever run
    and day it comes from; `version` counts in it. A running report whose `claimed_at` (real time)
    is too old belonged to a worker that died; the sweep takes it up again. `attempts` counts the
    claims and so names the worker that holds it: an earlier one that wakes up again writes nothing.

    `code` stands on the paper and leads to the page that says whether a file is genuine. The row
    stays when the file expires.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=24, choices=ReportKind.choices)
    series = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    code = models.CharField(_("check code"), max_length=CODE_LENGTH, unique=True, default=new_code)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="reports")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reports")
    run = models.ForeignKey(ScoreRun, models.PROTECT, null=True, related_name="reports")
    # Which of the unit's things it is about (the number of a task, a meeting); blank: the unit.
    subject = models.CharField(max_length=40, blank=True)
    # What the office wrote for this paper: {"number": "豫安监〔2014〕12号", "addressee": …}.
    details = models.JSONField(default=dict)
    language = models.CharField(max_length=10)
    state = models.CharField(
        _("state"), max_length=10, choices=ReportState.choices, default=ReportState.QUEUED
    )
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    # None: by a schedule of mails.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(_("reason of the failure"), blank=True)
    file = models.FileField(upload_to="reports", blank=True)
    size = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    # The last day on which the file is kept.
    kept_until = models.DateField(_("kept until"), null=True)
    # What a pack holds; a part is a report like any other and may stand in several packs.
    parts = models.ManyToManyField("self", symmetrical=False, related_name="packs")
    # To whom it was mailed.
    deliveries = models.ManyToManyField(Delivery, related_name="reports")

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "id"], name="report_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReportState.values), name="report_state_known"
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="report_progress_percent"),
            models.UniqueConstraint(fields=["series", "version"], name="one_report_a_version"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.organisation}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def language_name(self) -> str:
        return str(dict(settings.LANGUAGES)[self.language])

    @property
    def spaced_code(self) -> str:
        """The check code as people read it: ABCD-EFGH-JKMN."""
        return "-".join(self.code[start : start + 4] for start in range(0, CODE_LENGTH, 4))
