"""A questionnaire taken over into another campaign."""

from datetime import datetime

from campaign.models import Campaign
from surveys.models import Questionnaire
from surveys.services.questionnaires import load_questionnaire


def copy_questionnaire(
    *, source: Campaign, target: Campaign, by, now: datetime
) -> Questionnaire | None:
    """Load the questionnaire in force of `source` into `target`, not yet in force; None where
    `source` has none."""
    questionnaire = Questionnaire.objects.in_force(source)
    if questionnaire is None:
        return None
    questions = [
        {
            "q_no": str(row.number),
            "area_no": str(row.area_number),
            "area_zh": row.area_zh,
            "area_en": row.area_en,
            "type": row.type,
            "question_zh": row.text_zh,
            "question_en": row.text_en,
            "weight": str(row.weight),
            "scale_code": row.scale.code if row.scale_id else "",
            "required": "1" if row.required else "0",
        }
        for row in questionnaire.questions.select_related("scale").order_by("number")
    ]
    scales = [
        {
            "scale_code": scale.code,
            "option_no": str(option.number),
            "option_zh": option.text_zh,
            "option_en": option.text_en,
            "counts_as_valid": "1" if option.counts else "0",
            "counts_as_satisfied": "1" if option.satisfied else "0",
        }
        for scale in questionnaire.scales.prefetch_related("options")
        for option in scale.options.all()
    ]
    groups = [
        {
            "group_code": row.code,
            "group_zh": row.name_zh,
            "group_en": row.name_en,
            "subgroups_zh": row.hint_zh,
        }
        for row in questionnaire.groups.order_by("position")
    ]
    return load_questionnaire(
        campaign=target,
        questions=questions,
        scales=scales,
        groups=groups,
        by=by,
        now=now,
        valid_share=questionnaire.valid_share,
    )
