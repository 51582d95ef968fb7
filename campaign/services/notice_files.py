"""Attachments of the notice."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, CampaignState, NoticeFile
from campaign.policies import check_can_edit_campaign
from common.errors import WrongMoment
from common.uploads import examine


@transaction.atomic
def add_file(*, campaign: Campaign, upload, by, now: datetime) -> NoticeFile:
    """Attach a file. Raises `ValidationError` for a bad one."""
    check_can_edit_campaign(by, campaign)
    checked = examine(upload)
    row = NoticeFile(
        campaign=campaign,
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=checked.sha256,
        uploaded_by=by,
        uploaded_at=now,
    )
    row.file.save(checked.name, ContentFile(checked.content), save=False)
    row.save()
    audit.record(
        by=by,
        act="campaign.file_added",
        target=campaign,
        now=now,
        after={"name": row.name, "sha256": row.sha256},
        rows=[row],
    )
    return row


@transaction.atomic
def remove_file(*, notice_file: NoticeFile, by, now: datetime) -> None:
    """Take a file off a draft; what has been sent out stays."""
    campaign = notice_file.campaign
    check_can_edit_campaign(by, campaign)
    if campaign.state != CampaignState.DRAFT:
        raise WrongMoment(_("The notice has been sent out; its attachments stay."))
    NoticeFile.objects.filter(pk=notice_file.pk).delete()
    audit.record(
        by=by,
        act="campaign.file_removed",
        target=campaign,
        now=now,
        before={"name": notice_file.name, "sha256": notice_file.sha256},
        rows=[notice_file],
    )
