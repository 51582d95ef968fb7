"""Addresses of the campaign."""

from django.urls import path

from campaign.views import (
    calendar,
    editor,
    enrolments,
    notice,
    obligations,
    registry,
    reminders,
    stations,
    submissions,
)

app_name = "campaign"

urlpatterns = [
    path("enrolments/", enrolments.enrolments, name="enrolments"),
    path("enrolments/enrol/", enrolments.enrol, name="enrol"),
    path("enrolments/<int:pk>/", enrolments.enrolment, name="enrolment"),
    # the notice and its receipt
    path("notice/", notice.notice, name="notice"),
    path("notice/sign/", notice.sign, name="notice-sign"),
    path("notice/files/<int:pk>/", notice.notice_file, name="notice-file"),
    # plans and summaries
    path("submissions/", submissions.submissions, name="submissions"),
    path("submissions/<str:kind>/write/", submissions.submission_edit, name="submission-edit"),
    path("submissions/<int:pk>/", submissions.submission, name="submission"),
    path("submissions/<int:pk>/review/", submissions.submission_review, name="submission-review"),
    path(
        "submissions/<int:pk>/files/<int:file>/",
        submissions.submission_file,
        name="submission-file",
    ),
    # what is owed, and by when
    path("obligations/<int:pk>/", obligations.obligation, name="obligation"),
    path("obligations/<int:pk>/waive/", obligations.waive, name="obligation-waive"),
    path("obligations/<int:pk>/demand/", obligations.demand, name="obligation-demand"),
    path("calendar/", calendar.calendar, name="calendar"),
    # reminders
    path("told/", reminders.told, name="told"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/feed/", reminders.feed_make, name="feed-make"),
    path("reminders/feed/end/", reminders.feed_revoke, name="feed-revoke"),
    path("feeds/<str:secret>.ics", reminders.feed, name="feed"),
    # the editor
    path("campaigns/", editor.campaigns, name="campaigns"),
    path("campaigns/add/", editor.campaign_add, name="campaign-add"),
    path("campaigns/<int:pk>/edit/", editor.campaign_edit, name="campaign-edit"),
    path("campaigns/<int:pk>/files/", editor.file_add, name="campaign-file-add"),
    path(
        "campaigns/<int:pk>/files/<int:file>/remove/",
        editor.file_remove,
        name="campaign-file-remove",
    ),
    path("stations/<slug:code>/retire/", stations.station_retire, name="station-retire"),
    # the registry's completeness
    path("registry/", registry.registry, name="registry"),
    path("registry/confirm/", registry.confirm, name="registry-confirm"),
]
