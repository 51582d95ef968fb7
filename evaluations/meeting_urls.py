"""Addresses of review meetings and their questions; included by `urls`."""

from django.urls import path

from evaluations.views import meetings, questions

urlpatterns = [
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/plan/", meetings.meeting_plan, name="meeting-plan"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/edit/", meetings.meeting_edit, name="meeting-edit"),
    path("meetings/<int:pk>/hold/", meetings.meeting_hold, name="meeting-hold"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/close/", meetings.meeting_close, name="meeting-close"),
    path("meetings/<int:pk>/delegates/", meetings.delegates, name="meeting-delegates"),
    path("meetings/<int:pk>/attendance/", meetings.attendance, name="meeting-attendance"),
    path("meetings/<int:pk>/minutes/", meetings.minutes, name="meeting-minutes"),
    path("meetings/<int:pk>/questions/", questions.question_ask, name="question-ask"),
    path("meeting-reports/<int:pk>/", meetings.report, name="meeting-report"),
    path("questions/", questions.questions, name="questions"),
    path("questions/<int:pk>/", questions.question, name="question"),
    path("questions/<int:pk>/answer/", questions.question_answer, name="question-answer"),
    path("questions/<int:pk>/promise/", questions.question_promise, name="question-promise"),
    path("questions/<int:pk>/reply/", questions.question_reply, name="question-reply"),
    path("questions/<int:pk>/rate/", questions.question_rate, name="question-rate"),
    path("questions/<int:pk>/finding/", questions.question_find, name="question-find"),
]
