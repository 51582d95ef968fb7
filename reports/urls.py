"""Addresses."""

from django.urls import path

from reports.views import mail, papers, slips

app_name = "reports"

urlpatterns = [
    path("", papers.report_list, name="list"),
    path("new/<slug:kind>/", papers.report_new, name="new"),
    path("<int:pk>/", papers.report_detail, name="detail"),
    path("<int:pk>/progress/", papers.report_progress, name="progress"),
    path("<int:pk>/download/", papers.report_download, name="download"),
    path("<int:pk>/retry/", papers.report_retry, name="retry"),
    path("<int:pk>/cancel/", papers.report_cancel, name="cancel"),
    path("<int:pk>/send/", papers.report_send, name="send"),
    path("link/<str:token>/", papers.report_link, name="link"),
    path("slips/<int:pk>/", slips.slips, name="slips"),
    path("office/", mail.office, name="office"),
    path("office/schedules/usual/", mail.schedules_usual, name="schedules-usual"),
    path("office/schedules/<int:pk>/", mail.schedule_edit, name="schedule"),
    path("office/words/<slug:occasion>/<slug:language>/", mail.words_edit, name="words"),
    path("office/rules/", mail.rules_edit, name="rules"),
    path("unsubscribe/<str:token>/", mail.unsubscribe_page, name="unsubscribe"),
]
