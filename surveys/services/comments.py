"""Comments of ballots: screened for personal data before the station sees them."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Permission
from common.errors import Incomplete
from evaluations.models import Finding, FindingSource
from evaluations.policies import is_above
from evaluations.services.findings import record_finding
from surveys.disclosure import SMALLEST_CELL
from surveys.models import Ballot, CommentState, SurveyComment
from surveys.policies import check_can_find_from_comment, check_can_screen
from surveys.services.mixing import hold_station
from surveys.workflow import COMMENT

# What in a comment may point at its writer: identity numbers, phones, e-mail, account names, and
# how people give their own name. A help for the person who screens, who reads every text anyway.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_PERSONAL = re.compile(
    r"(?P<id>(?<![0-9])[1-9]\d{5}(?:19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9Xx](?![0-9]))"
    r"|(?P<mobile>(?<![0-9])(?:\+?86[- ]?)?1[3-9](?:[- ]?\d){9}(?![0-9]))"
    r"|(?P<phone>(?<![0-9])0\d{2,3}[- ]?\d{7,8}(?![0-9]))"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<wechat>(?:微信|QQ|qq|vx|VX)(?:号)?[:：是为 ]*[A-Za-z0-9_-]{5,})"
    rf"|(?P<name>(?:我叫|我是|本人|姓名|签名|联系人)[:：是为叫 ]*[{_SURNAMES}]"
    r"[\u4e00-\u9fff]{1,2})"
)
MASK = "■■"


def personal_parts(text: str) -> list[str]:
    """The parts of a text that look like personal data, in order."""
    return [match.group() for match in _PERSONAL.finditer(text)]


def masked(text: str) -> str:
    """The text with such parts blacked out: what is proposed to the person who screens."""
    return _PERSONAL.sub(MASK, text)


def refuse_personal_parts(text: str) -> None:
    """`Incomplete` where a text for the station holds what looks like personal data."""
    if found := personal_parts(text):
        raise Incomplete(
            _("This still looks like personal data: %(parts)s") % {"parts": "、".join(found)}
        )


@transaction.atomic
def show_comment(*, comment: SurveyComment, text: str, by, now: datetime) -> SurveyComment:
    """Let the station read the comment as it stands in `text`. Refused while `text` still holds
    what looks like personal data, and before the station has five counted ballots."""
    check_can_screen(by, comment, "shown")
    text = text.strip()
    if not text:
        raise Incomplete(_("Nothing is left of the text: withhold the comment instead."))
    refuse_personal_parts(text)
    if not enough_ballots(comment.enrolment_id):
        raise Incomplete(
            _("Comments are shown from %(number)s counted ballots on.") % {"number": SMALLEST_CELL}
        )
    hold_station(comment.enrolment_id)
    return COMMENT.apply(comment, "shown", by=by, now=now, shown_text=text, screened_by=by)


@transaction.atomic
def withhold_comment(*, comment: SurveyComment, reason: str, by, now: datetime) -> SurveyComment:
    """Keep the comment from the station: it would show who wrote it."""
    check_can_screen(by, comment, "withheld")
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    hold_station(comment.enrolment_id)
    return COMMENT.apply(
        comment,
        "withheld",
        by=by,
        now=now,
        reason=reason.strip(),
        shown_text="",
        screened_by=by,
    )


@transaction.atomic
def find_from_comment(
    *, comment: SurveyComment, category: str, severity: str, by, now: datetime
) -> Finding:
    """Make a finding of what the comment says, in its screened words."""
    check_can_find_from_comment(by, comment, now)
    hold_station(comment.enrolment_id)
    finding = record_finding(
        enrolment=comment.enrolment,
        source=FindingSource.SURVEY,
        category=category,
        severity=severity,
        text=comment.shown_text,
        by=by,
        now=now,
        key=f"comment:{comment.pk}",
    )
    SurveyComment.objects.filter(pk=comment.pk).update(finding=finding)
    comment.finding = finding
    return finding


def enough_ballots(enrolment_id: int) -> bool:
    """True when the station has five counted ballots: fewer people could be told apart."""
    counted = Ballot.objects.counted().filter(enrolment=enrolment_id)
    return len(counted.values_list("pk", flat=True)[:SMALLEST_CELL]) == SMALLEST_CELL


def comments_for(user, enrolment):
    """The comments of a station that `user` may read: all for who screens, else the shown ones.

    Nothing before the station has five counted ballots.
    """
    rows = SurveyComment.objects.visible_to(user).filter(enrolment=enrolment)
    if not enough_ballots(enrolment.pk):
        return rows.none()
    if user.may(Permission.SURVEY_WORK) and is_above(user, enrolment):
        return rows
    return rows.filter(state=CommentState.SHOWN)
