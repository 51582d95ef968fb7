"""Drawing spot checks (抽查): the frame in one act, the seed in another, redrawn with a reason."""

import io
import json
import zipfile
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditSeal, Organisation, OrganisationKind
from campaign.models import Campaign
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations import drawing
from evaluations.acceptance_policies import check_can_draw, check_can_draw_from
from evaluations.models import (
    AcceptanceCheck,
    AcceptanceResult,
    AcceptanceRules,
    CheckReply,
    CheckState,
    Inspector,
    ReplyState,
    SpotCheck,
    SpotDraw,
    SpotScore,
)
from evaluations.workflow import DRAW

# A weighted draw: the base that every station has, to which its index in percent is added.
BASE_WEIGHT = 10


@transaction.atomic
def record_frame(
    *,
    campaign: Campaign,
    public_number_name: str,
    public_number_on: date,
    weighted: bool,
    by,
    now: datetime,
    replaces: SpotDraw | None = None,
    reason: str = "",
) -> SpotDraw:
    """The first act: who may be drawn, by which rule, and which public number will decide.

    `replaces` sets an earlier draw aside, with its `reason`. The digest of the frame goes into the
    audit trail; the seal over that event becomes part of the seed.
    """
    check_can_draw(by, campaign, now)
    if not public_number_name.strip():
        raise Incomplete(_("Name the public number that will be used."))
    if public_number_on <= clock.today(now):
        raise ValidationError(
            _("The public number must appear on a later day, so that nobody knows it yet.")
        )
    if replaces is not None:
        check_can_draw_from(by, replaces, "replaced", now)
        if not reason.strip():
            raise Incomplete(_("Give the reason."))
        DRAW.apply(replaces, "replaced", by=by, now=now, reason=reason.strip())
    latest = campaign.spot_draws.aggregate(latest=Max("number"))["latest"] or 0
    files = _frame_files(campaign, latest + 1, weighted, public_number_name, public_number_on)
    try:
        with transaction.atomic():
            draw = SpotDraw.objects.create(
                campaign=campaign,
                number=latest + 1,
                weighted=weighted,
                files=files,
                frame_sha256=drawing.frame_digest(files),
                public_number_name=public_number_name.strip(),
                public_number_on=public_number_on,
                framed_by=by,
                framed_at=now,
                framed_event=0,
                replaces=replaces,
                redraw_reason=reason.strip() if replaces else "",
            )
    except IntegrityError as error:
        raise WrongMoment(
            _("A draw is under way; finish it, or replace it with a reason.")
        ) from error
    event = audit.record(
        by=by,
        act="spot_draw.framed",
        target=draw,
        now=now,
        after={"frame_sha256": draw.frame_sha256, "public_number": draw.public_number_name},
        reason=reason,
    )
    draw.framed_event = event.pk
    draw.save(update_fields=["framed_event"])
    return draw


def seal_over(draw: SpotDraw) -> AuditSeal | None:
    """The first seal of the audit trail that covers the frame's event; nobody can choose it."""
    return AuditSeal.objects.filter(last_event__gte=draw.framed_event).order_by("number").first()


@transaction.atomic
def draw_sample(*, draw: SpotDraw, public_number: str, by, now: datetime) -> SpotDraw:
    """The second act: the public number has appeared, the sample follows."""
    check_can_draw_from(by, draw, "drawn", now)
    if clock.today(now) < draw.public_number_on:
        raise WrongMoment(
            _("The public number appears on %(day)s.")
            % {"day": f"{draw.public_number_on:%Y-%m-%d}"}
        )
    public_number = "".join(public_number.split())
    if not public_number:
        raise Incomplete(_("Enter the public number."))
    seal = seal_over(draw)
    if seal is None:
        raise WrongMoment(
            _("The record of the frame is not sealed yet; that takes a minute. Try again then.")
        )
    seed = drawing.seed_of(draw.frame_sha256, seal.digest, public_number)
    with DRAW.moving(
        draw,
        "drawn",
        by=by,
        now=now,
        public_number=public_number,
        seal_digest=seal.digest,
        seed=seed,
        drawn_by=by,
        drawn_at=now,
    ) as written:
        written += _open_spot_checks(draw, drawing.draw_from_files(seed, draw.files))
    return draw


def sample_of(draw: SpotDraw) -> list[drawing.Drawn]:
    """The sample, drawn anew from the frame and the seed."""
    return drawing.draw_from_files(draw.seed, draw.files)


def protocol_files(draw: SpotDraw) -> dict[str, str]:
    """What anybody needs to repeat the draw with verify_draw.py."""
    protocol = {
        "format": 1,
        "campaign_year": draw.campaign.year,
        "draw": draw.number,
        "frame_sha256": draw.frame_sha256,
        "framed_at": timezone.localtime(draw.framed_at).isoformat(),
        "public_number_name": draw.public_number_name,
        "public_number_on": draw.public_number_on.isoformat(),
        "public_number": draw.public_number,
        "seal_digest": draw.seal_digest,
        "seed": draw.seed,
        "redraw_reason": draw.redraw_reason,
    }
    text = json.dumps(protocol, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    sample = drawing.sample_table(sample_of(draw))
    return {**draw.files, "sample.csv": sample, "protocol.json": text}


def protocol_archive(draw: SpotDraw) -> bytes:
    """`protocol_files` as a zip file; the same draw gives the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(protocol_files(draw).items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return target.getvalue()


def _frame_files(campaign, draw_number, weighted, public_number_name, public_number_on) -> dict:
    rules = AcceptanceRules.objects.of(campaign)
    stations = [
        (
            check.enrolment.station.code,
            check.enrolment.station.organisation.name_zh,
            check.authority.code,
            check.enrolment.station.kind,
            _weight(check) if weighted else 1,
            check.score,
        )
        for check in accepted_checks(campaign)
    ]
    if not stations:
        raise Incomplete(_("No prefecture has accepted a station yet."))
    people = list(_provincial_inspectors())
    for prefecture in {station[2] for station in stations}:
        if sum(area != prefecture for _pk, _name, area in people) < drawing.INSPECTORS:
            raise Incomplete(
                _("The province's pool has too few inspectors from outside %(area)s.")
                % {"area": Organisation.objects.get(code=prefecture).name}
            )
    values = {
        "campaign": campaign.year,
        "draw": draw_number,
        "inspectors": drawing.INSPECTORS,
        "minimum": rules.spot_minimum,
        "percent": rules.spot_percent,
        "public_number": public_number_name.strip(),
        "public_number_on": public_number_on.isoformat(),
        "weighted": int(weighted),
    }
    return {
        "rules.csv": drawing.table("rules.csv", sorted(values.items())),
        "stations.csv": drawing.table("stations.csv", sorted(stations)),
        "inspectors.csv": drawing.table("inspectors.csv", sorted(people)),
    }


def accepted_checks(campaign: Campaign):
    """The frame: stations that a prefecture accepted, and whose station does not object just now.
    What the province accepts itself it does not spot-check (notice part 4 (2) 4)."""
    # Of the present round: an objection to one that was opened again is of no more account.
    objected = CheckReply.objects.filter(
        check_of=OuterRef("pk"), round=OuterRef("round"), state=ReplyState.OBJECTED
    )
    return (
        AcceptanceCheck.objects.filter(
            enrolment__campaign=campaign,
            state=CheckState.SIGNED,
            authority__kind=OrganisationKind.PREFECTURE,
        )
        .exclude(result=AcceptanceResult.NOT_QUALIFIED)
        .exclude(Exists(objected))
        .select_related("authority", "enrolment__station__organisation")
        .order_by("enrolment__station__organisation__code")
    )


def _weight(check: AcceptanceCheck) -> int:
    """10 and the station's over-reporting index, rounded half up to whole percent."""
    if check.over_reported is None:
        return BASE_WEIGHT
    index = check.over_reported * 100 / check.compared_points
    return BASE_WEIGHT + int(index.quantize(Decimal(1), ROUND_HALF_UP))


def _provincial_inspectors():
    """(pk, name, area) of the province's pool; the area is the second code of the unit's path."""
    people = (
        Inspector.objects.for_duty()
        .filter(pool__kind=OrganisationKind.PROVINCE)
        .select_related("unit")
    )
    for person in people:
        area = person.unit.path.split("/")[1]
        yield str(person.pk), person.name, area


def _open_spot_checks(draw: SpotDraw, drawn: list[drawing.Drawn]) -> list[SpotCheck]:
    codes = [row.station for row in drawn]
    checks = {}
    for start in range(0, len(codes), 500):
        for check in AcceptanceCheck.objects.filter(
            enrolment__campaign=draw.campaign,
            enrolment__station__organisation__code__in=codes[start : start + 500],
        ).select_related("enrolment__station__organisation", "standard", "authority"):
            checks[check.enrolment.station.code] = check
    first = {
        row["code"]: Decimal(row["first_score"])
        for row in drawing.read_table(draw.files["stations.csv"])
    }
    rows = SpotCheck.objects.bulk_create(
        SpotCheck(
            draw=draw,
            enrolment=checks[row.station].enrolment,
            standard=checks[row.station].standard,
            authority=checks[row.station].authority,
            first_score=first[row.station],
        )
        for row in drawn
    )
    SpotCheck.inspectors.through.objects.bulk_create(
        SpotCheck.inspectors.through(spotcheck=spot_check, inspector_id=int(person))
        for spot_check, row in zip(rows, drawn, strict=True)
        for person in row.inspectors
    )
    criteria = {}
    for check in checks.values():
        if check.standard_id not in criteria:
            criteria[check.standard_id] = list(check.standard.criteria())
    SpotScore.objects.bulk_create(
        (
            SpotScore(spot_check=spot_check, criterion=criterion)
            for spot_check in rows
            for criterion in criteria[spot_check.standard_id]
            if criterion.applies_to(spot_check.enrolment.station.kind)
        ),
        batch_size=1000,
    )
    return rows
