"""Packs: zips of other papers. The parts are reports like any other, made by whichever worker is
free; when the last one is there, the pack is queued and put together from the files."""

import logging
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Organisation
from common.errors import WrongMoment
from reports.models import Report, ReportState
from reports.models.report import UNDER_WAY
from reports.papers import paper_of
from reports.papers.base import NothingToReport
from reports.services import ring_after_commit
from reports.workflow import REPORT

logger = logging.getLogger(__name__)

# How many failed parts a pack names.
MOST_NAMED = 3


def gather_waiting(*, now: datetime) -> None:
    """Move on the packs whose last part nobody told them of."""
    for pack in Report.objects.filter(state=ReportState.WAITING):
        gather(pack=pack, now=now)


def gather(*, pack: Report, now: datetime) -> None:
    """Note how far the parts of a waiting pack are; queue it when all are there, fail it when
    none is under way any more and some are missing."""
    try:
        _gather(pack, now)
    except WrongMoment:
        # RACE: another worker, who saw the same parts, was faster.
        logger.info("pack %s was moved meanwhile", pack.pk)


@transaction.atomic
def _gather(pack: Report, now: datetime) -> None:
    states = Counter(pack.parts.values_list("state", flat=True))
    done, total = states[ReportState.DONE], states.total()
    if done == total:
        REPORT.apply(pack, "gathered", by=None, now=now, progress=90)
        ring_after_commit(pack)
    elif any(states[state] for state in UNDER_WAY):
        pack.progress = 90 * done // total
        Report.objects.filter(pk=pack.pk, state=ReportState.WAITING).update(progress=pack.progress)
    else:
        reason = _reason(pack, total - done)
        REPORT.apply(pack, "failed", by=None, now=now, reason=reason, failure=reason)


def _reason(pack: Report, missing: int) -> str:
    parts = pack.parts.exclude(state=ReportState.DONE).select_related("organisation")
    with translation.override(pack.language):
        named = "; ".join(
            f"{part.organisation.name}: {part.failure or part.get_state_display()}"
            for part in parts[:MOST_NAMED]
        )
        return _("%(missing)s parts could not be made. %(named)s") % {
            "missing": missing,
            "named": named,
        }


def assemble(pack: Report, target, pulse: Callable[[], None], now: datetime) -> None:
    """Write the zip to `target`: the parts, in folders by the units above theirs, and a list of
    checksums that `sha256sum -c` understands."""
    parts = pack.parts.select_related("organisation", "campaign").order_by("organisation__path")
    names = _folders(pack)
    sums = []
    if not parts:
        raise NothingToReport(_("There is nothing to put into the pack."))
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            name = f"{names(part.organisation)}{paper_of(part).filename(part)}"
            _add(archive, name, part, now)
            sums.append(f"{part.sha256}  {name}\n")
            pulse()
        archive.writestr(_entry("SHA256SUMS.txt", now), "".join(sums))


def _add(archive, name: str, part: Report, now: datetime) -> None:
    """Copied as it is: PDF and xlsx are compressed already."""
    with (
        default_storage.open(part.file.name) as source,
        archive.open(_entry(name, now), "w") as copy,
    ):
        for chunk in source.chunks():
            copy.write(chunk)


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, timezone.localtime(now).timetuple()[:6])


def _folders(pack: Report):
    """unit → the folder of its files: the units between the pack's and it, by code and name."""
    own = pack.organisation.path
    units = Organisation.objects.below(pack.organisation).exclude(kind="station")
    named = {unit.path: f"{unit.code} {unit.name}/" for unit in units}

    def folder(unit: Organisation) -> str:
        steps = unit.path.removeprefix(own).split("/")[:-1]
        paths = [own + "/".join(steps[: end + 1]) + "/" for end in range(len(steps))]
        return "".join(named[path] for path in paths if path in named)

    return folder
