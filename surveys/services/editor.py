"""Editing a version of a questionnaire until it is frozen; copying one, also last year's."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete
from surveys.models import Question, Questionnaire, RespondentGroup, Scale
from surveys.policies import check_can_edit_questionnaire, check_can_load_questionnaire


@transaction.atomic
def copy_questionnaire(
    *, source: Questionnaire, campaign: Campaign, by, now: datetime
) -> Questionnaire:
    """A new version for `campaign`, word for word that of `source` (last year's, or an earlier
    one), not frozen."""
    check_can_load_questionnaire(by, campaign)
    last = campaign.questionnaires.aggregate(last=Max("version"))["last"] or 0
    copy = Questionnaire.objects.create(
        campaign=campaign, version=last + 1, valid_share=source.valid_share
    )
    scales = {}
    for scale in source.scales.prefetch_related("options"):
        scales[scale.pk] = Scale.objects.create(questionnaire=copy, code=scale.code)
        scale.options.model.objects.bulk_create(
            _again(option, scale=scales[scale.pk]) for option in scale.options.all()
        )
    Question.objects.bulk_create(
        _again(question, questionnaire=copy, scale=scales.get(question.scale_id))
        for question in source.questions.all()
    )
    RespondentGroup.objects.bulk_create(
        _again(group, questionnaire=copy) for group in source.groups.all()
    )
    audit.record(
        by=by,
        act="questionnaire.loaded",
        target=copy,
        now=now,
        after={"copied_from": str(source)},
    )
    return copy


def _again(row, **changes):
    """An unsaved copy of a row."""
    fields = {f.name: getattr(row, f.name) for f in row._meta.concrete_fields if f.name != "id"}
    return type(row)(**(fields | changes))


@transaction.atomic
def save_part(*, part, by, now: datetime):
    """Save a question, scale or group (validated by its form) of a version not yet frozen."""
    questionnaire = part.questionnaire
    check_can_edit_questionnaire(by, questionnaire)
    try:
        with transaction.atomic():
            part.save()
    except IntegrityError as error:
        raise Incomplete(_("Another one has this number or code already.")) from error
    audit.record(
        by=by,
        act="questionnaire.changed",
        target=questionnaire,
        now=now,
        after={part._meta.model_name: str(part)[:100]},
    )
    return part


@transaction.atomic
def delete_part(*, part, by, now: datetime) -> None:
    """Delete a question or a group of a version not yet frozen."""
    questionnaire = part.questionnaire
    check_can_edit_questionnaire(by, questionnaire)
    before = {part._meta.model_name: str(part)[:100]}
    part.delete()
    audit.record(by=by, act="questionnaire.changed", target=questionnaire, now=now, before=before)
