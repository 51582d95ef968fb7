"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
from accounts.policies import check_may, check_second_person
from accounts.roles import Permission
from campaign.models import Activity, Campaign, Enrolment
from campaign.services.obligations import DAILY_LEVELS, daily_debtor
from common.errors import Denied, WrongMoment
from scoring.models import DailyAssessment, DailyList, Part, RunReply, RunState, ScoreRun
from scoring.workflow import RUN


def check_can_assess(user, enrolment: Enrolment, part: str, now: datetime) -> None:
    """The assessor of the unit that owes `part` of this station gives it, while the phase allows
    daily assessment (notice, part 4 (3) 1)."""
    check_may(user, Permission.DAILY_ASSESS)
    if part not in DAILY_LEVELS[enrolment.line]:
        raise Denied(
            _("Your unit gives no daily score to this station: those who do are %(levels)s.")
            % {"levels": "、".join(str(Part(each).label) for each in DAILY_LEVELS[enrolment.line])}
        )
    debtor = daily_debtor(enrolment, part)
    if debtor != user.organisation:
        raise Denied(
            _("The %(part)s of this station is given by %(unit)s alone.")
            % {"part": Part(part).label, "unit": debtor}
        )
    check_list_open(enrolment.campaign, user)
    enrolment.campaign.check_allows(Activity.DAILY, now)


def check_list_open(campaign: Campaign, user) -> None:
    """A list that was signed off stands until the province opens it again."""
    if DailyList.objects.signed(campaign, user.organisation):
        raise WrongMoment(_("Your unit has signed its list of daily scores off."))


def check_can_assess_at_all(user, campaign: Campaign | None, now: datetime) -> None:
    """Import the acting unit's list: the same right and moment as for a single score."""
    check_may(user, Permission.DAILY_ASSESS)
    if campaign is None:
        raise WrongMoment(_("There is no campaign."))
    check_list_open(campaign, user)
    campaign.check_allows(Activity.DAILY, now)


def check_can_sign_daily_list(user, campaign: Campaign | None, now: datetime) -> None:
    """The unit that gives the scores signs its list off."""
    check_can_assess_at_all(user, campaign, now)


def check_can_reopen_daily_list(user) -> None:
    """The province alone opens a signed list again."""
    check_of_province(user, Permission.SCORE_RUN)


def check_can_read_daily_file(user, row: DailyAssessment) -> None:
    """The file behind a daily score: those who gave it, and those who read rankings above."""
    if user.may(Permission.DAILY_ASSESS) and row.part == user.organisation.kind:
        return
    check_may(user, Permission.RANKING_READ)


def check_can_make_run(user, campaign: Campaign, now: datetime) -> None:
    """The province makes scoring runs while the phase allows it."""
    check_may(user, Permission.SCORE_RUN)
    campaign.check_allows(Activity.SCORE, now)


def check_can_set_policy(user) -> None:
    """Whoever opens campaigns sets their rules of scoring."""
    check_may(user, Permission.CAMPAIGN_EDIT)


def check_can_read_ranking(user) -> None:
    """Rankings and scores are read by those whose role includes it, in their scope."""
    check_may(user, Permission.RANKING_READ)


# --- runs on their way to publication -------------------------------------------------------------


def check_of_province(user, permission) -> None:
    """Runs and results are the province's alone, whatever other units the role exists in."""
    check_may(user, permission)
    if user.organisation.kind != OrganisationKind.PROVINCE:
        raise Denied(_("This is done by the provincial bureau alone."))


def check_can_read_score(user, run: ScoreRun | None) -> None:
    """Those who read rankings, and the station itself; `run` is one that the person may see."""
    if user.may(Permission.RANKING_READ):
        return
    check_may(user, Permission.READ)
    if run is None:
        raise Denied(_("The scores have not been shown to the units yet."))


def check_can_preview_run(user, run: ScoreRun) -> None:
    """Show a final run to the units; a preliminary one stays with the province."""
    check_of_province(user, Permission.SCORE_RUN)
    RUN.check(run, "previewed")
    if run.preliminary:
        raise WrongMoment(
            _("This run was made while ballots still came in. Make a new one after the end of it.")
        )


def check_can_reply(user, run: ScoreRun, enrolment: Enrolment, now: datetime) -> None:
    """The station or the bureau right above it replies once, while the window is open."""
    check_may(user, Permission.STATION_WORK)
    if user.organisation not in (enrolment.organisation, enrolment.bureau):
        raise Denied(_("The station itself replies, or the bureau right above it."))
    if not run.takes_replies(now):
        raise WrongMoment(_("Replies are taken while the run is previewed, until the day named."))


def check_can_answer_reply(user, reply: RunReply) -> None:
    """The province answers replies."""
    check_of_province(user, Permission.SCORE_RUN)
    if reply.upheld is not None:
        raise WrongMoment(_("This reply has already been answered."))


def check_can_publish_run(user, run: ScoreRun, now: datetime) -> None:
    """A second person publishes, after the right of reply, when every reply has been answered."""
    check_of_province(user, Permission.RESULTS_PUBLISH)
    RUN.check(run, "published")
    check_second_person(user, run.previewed_by_id)
    if run.takes_replies(now):
        raise WrongMoment(
            _("The units may reply until %(day)s; the run can be published after that.")
            % {"day": f"{run.reply_until:%Y-%m-%d}"}
        )
    if run.replies.filter(upheld=None).exists():
        raise WrongMoment(_("Some replies have not been answered yet."))
    if run.replies.filter(upheld=True).exists():
        raise WrongMoment(
            _("A reply was upheld: mend the data, make a new run and preview that one.")
        )


def check_can_turn_over(user) -> None:
    """Ask what other rules would give: the province, since it uses every station's counts."""
    check_of_province(user, Permission.RANKING_READ)


def check_can_supersede_run(user, run: ScoreRun) -> None:
    """Take a previewed or published run back."""
    check_of_province(user, Permission.RESULTS_PUBLISH)
    RUN.check(run, "superseded")


# --- results --------------------------------------------------------------------------------------


def check_can_set_result_rules(user) -> None:
    """Whoever opens campaigns sets by which figures results are proposed."""
    check_may(user, Permission.CAMPAIGN_EDIT)


def check_can_read_results(user) -> None:
    """Honours and consequences are read by those who read rankings, in their scope."""
    check_may(user, Permission.RANKING_READ)


def check_can_propose_results(user, run: ScoreRun, now: datetime) -> None:
    """Let the rules propose, from a published run, in a phase that allows it."""
    check_of_province(user, Permission.RESULTS_PROPOSE)
    if run.state != RunState.PUBLISHED:
        raise WrongMoment(_("Results follow from a published run alone."))
    run.campaign.check_allows(Activity.RESULTS, now)


def check_can_put_forward(user) -> None:
    """The first person: nominates for an honour, puts a consequence forward."""
    check_of_province(user, Permission.RESULTS_PROPOSE)


def check_can_decide_result(user, first_person_id: int | None) -> None:
    """The second person: confirms an honour, imposes a consequence."""
    check_of_province(user, Permission.RESULTS_DECIDE)
    check_second_person(user, first_person_id)


def check_can_open_publicity(user) -> None:
    """Put the nominated names before the public."""
    check_of_province(user, Permission.RESULTS_PUBLISH)


def check_can_import_past_results(user) -> None:
    """Whoever opens campaigns brings in the results of earlier years."""
    check_may(user, Permission.CAMPAIGN_EDIT)
