"""`python manage.py score --campaign 2014 [--json FILE]`: make a scoring run."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaign.models import Campaign
from common import clock
from common.errors import Refusal
from scoring.models import ScoreRun
from scoring.services.runs import make_run


class Command(BaseCommand):
    help = "Score and rank all stations of a campaign; prints the run's id, time and digest."

    def add_arguments(self, parser):
        parser.add_argument("--campaign", type=int, required=True, metavar="YEAR")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there, too")

    def handle(self, *, campaign, **options):
        found = Campaign.objects.filter(year=campaign).first()
        if found is None:
            raise CommandError(f"There is no campaign of {campaign}.")
        try:
            run = make_run(campaign=found, by=None, now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal.reason)) from refusal
        if options["json"]:
            try:
                options["json"].write_text(_as_json(run), encoding="utf-8")
            except OSError as reason:
                raise CommandError(f"Run {run.pk} was made, but: {reason}") from reason
        self.stdout.write(
            f"run {run.pk}, {_moment(run)}, {run.ranked_count} of {run.station_count} ranked, "
            f"digest {run.output_digest}"
        )


def _moment(run: ScoreRun) -> str:
    return timezone.localtime(run.made_at).isoformat(timespec="seconds")


def _as_json(run: ScoreRun) -> str:
    def text(value):
        return None if value is None else str(value)

    content = {
        "id": run.pk,
        "campaign": run.campaign.year,
        "made_at": _moment(run),
        "input_digest": run.input_digest,
        "output_digest": run.output_digest,
        "stations": [
            {
                "code": score.code,
                "status": score.status,
                "composite": text(score.composite),
                "questionnaire": text(score.questionnaire),
                "rank_all": score.rank_all,
                "rank_kind": score.rank_kind,
                "rank_prefecture": score.rank_prefecture,
                "grade": score.grade or None,
                "flags": score.flags,
            }
            for score in run.scores.order_by("code").defer("inputs")
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
