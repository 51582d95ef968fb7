"""The roles, and what each may do: one short table.

The rows a person sees come from the organisation of the acting membership (`visible_to`); what the
person may do with them comes from here; whether the moment allows it, from the campaign's phase and
the state of the thing.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    PROVINCE_ADMIN = "province_admin", _("Provincial administrator")
    PROVINCE_OFFICER = "province_officer", _("Provincial officer")
    PREFECTURE_OFFICER = "prefecture_officer", _("Prefecture officer")
    COUNTY_OFFICER = "county_officer", _("County officer")
    STATION_OFFICER = "station_officer", _("Station officer")
    ASSESSOR = "assessor", _("Assessor")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    SYSTEM_ADMIN = "system_admin", _("System administrator")


class Permission(models.TextChoices):
    READ = "read", _("read business data")
    CAMPAIGN_EDIT = "campaign_edit", _("open and change campaigns")
    STATION_EDIT = "station_edit", _("add and change stations, enrol them")
    STATION_WORK = "station_work", _("write commitments, self-inspections and rectifications")
    FINDING_RECORD = "finding_record", _("record findings and dispatch rectification tasks")
    RECTIFICATION_REVIEW = "rectification_review", _("accept or return rectifications")
    OPINION_HANDLE = "opinion_handle", _("decide on and answer opinions and complaints")
    MEETING_RUN = "meeting_run", _("plan review meetings and keep their minutes")
    ACCEPTANCE_CHECK = "acceptance_check", _("record and sign acceptance checks")
    ACCEPTANCE_REOPEN = "acceptance_reopen", _("open a signed acceptance check again")
    DAILY_ASSESS = "daily_assess", _("give the daily score of one's level")
    VETO_PROPOSE = "veto_propose", _("propose a veto")
    VETO_DECIDE = "veto_decide", _("decide a veto that somebody else proposed")
    SURVEY_WORK = "survey_work", _("issue one-time codes, enter ballots, screen comments")
    BALLOTS_QUESTION = "ballots_question", _("propose to set ballots aside")
    BALLOTS_DECIDE = "ballots_decide", _("decide on ballots that somebody else questioned")
    SCORE_RUN = "score_run", _("make scoring runs")
    RESULTS_PUBLISH = "results_publish", _("publish runs and lists of results")
    RESULTS_PROPOSE = "results_propose", _("put honours and consequences forward")
    RESULTS_DECIDE = "results_decide", _("decide honours and consequences")
    RANKING_READ = "ranking_read", _("read rankings and scores of one's area")
    REPORT_MAKE = "report_make", _("make reports")
    MAIL_READ = "mail_read", _("read the mail ledger")
    AUDIT_READ = "audit_read", _("read the audit trail")
    ACCOUNT_MANAGE = "account_manage", _("manage accounts and roles")


_P = Permission
_READING = {_P.READ, _P.RANKING_READ}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.PROVINCE_ADMIN: frozenset(
        _READING
        | {_P.CAMPAIGN_EDIT, _P.STATION_EDIT, _P.FINDING_RECORD, _P.SCORE_RUN, _P.REPORT_MAKE}
        | {_P.MAIL_READ, _P.VETO_DECIDE, _P.SURVEY_WORK, _P.BALLOTS_DECIDE}
        | {_P.RESULTS_PUBLISH, _P.RESULTS_PROPOSE, _P.RESULTS_DECIDE}
        | {_P.ACCEPTANCE_REOPEN}
    ),
    Role.PROVINCE_OFFICER: frozenset(
        _READING
        | {_P.FINDING_RECORD, _P.RECTIFICATION_REVIEW, _P.ACCEPTANCE_CHECK, _P.VETO_PROPOSE}
        | {_P.SCORE_RUN, _P.REPORT_MAKE, _P.OPINION_HANDLE, _P.MEETING_RUN, _P.RESULTS_PROPOSE}
        | {_P.SURVEY_WORK, _P.BALLOTS_QUESTION, _P.ACCEPTANCE_REOPEN}
    ),
    # A prefecture without counties is the bureau of its own stations; policies keep the station
    # rights to the bureau right above a station.
    Role.PREFECTURE_OFFICER: frozenset(
        _READING
        | {_P.STATION_EDIT, _P.STATION_WORK}
        | {_P.FINDING_RECORD, _P.RECTIFICATION_REVIEW, _P.ACCEPTANCE_CHECK, _P.REPORT_MAKE}
        | {_P.OPINION_HANDLE, _P.MEETING_RUN, _P.ACCEPTANCE_REOPEN}
        | {_P.SURVEY_WORK, _P.BALLOTS_QUESTION}
    ),
    Role.COUNTY_OFFICER: frozenset(
        _READING
        | {_P.STATION_EDIT, _P.STATION_WORK, _P.FINDING_RECORD, _P.RECTIFICATION_REVIEW}
        | {_P.REPORT_MAKE, _P.OPINION_HANDLE, _P.MEETING_RUN, _P.SURVEY_WORK}
    ),
    Role.STATION_OFFICER: frozenset({_P.READ, _P.STATION_WORK, _P.FINDING_RECORD}),
    Role.ASSESSOR: frozenset({_P.DAILY_ASSESS, _P.MEETING_RUN}),
    # Policies keep publishing and deciding to the province's own leaders.
    Role.LEADER: frozenset(
        _READING
        | {_P.VETO_DECIDE, _P.RESULTS_PUBLISH, _P.RESULTS_DECIDE}
        | {_P.ACCEPTANCE_REOPEN, _P.BALLOTS_DECIDE}
    ),
    Role.AUDITOR: frozenset({_P.AUDIT_READ}),
    Role.SYSTEM_ADMIN: frozenset({_P.ACCOUNT_MANAGE}),
}

# The role of a unit's own officers, by the kind of the unit.
KIND_OFFICER = {
    "province": Role.PROVINCE_OFFICER,
    "prefecture": Role.PREFECTURE_OFFICER,
    "county": Role.COUNTY_OFFICER,
    "station": Role.STATION_OFFICER,
}

# The kinds of unit in which a role exists.
_BUREAUS = ("province", "prefecture", "county")
ROLE_KINDS: dict[str, tuple[str, ...]] = {
    Role.PROVINCE_ADMIN: ("province",),
    Role.PROVINCE_OFFICER: ("province",),
    Role.PREFECTURE_OFFICER: ("prefecture",),
    Role.COUNTY_OFFICER: ("county",),
    Role.STATION_OFFICER: ("station",),
    Role.ASSESSOR: _BUREAUS,
    Role.LEADER: (*_BUREAUS, "station"),
    Role.AUDITOR: ("province",),
    Role.SYSTEM_ADMIN: ("province",),
}

# Separation of duties: who holds one of these roles holds no other.
LONE_ROLES = frozenset({Role.AUDITOR, Role.SYSTEM_ADMIN})
