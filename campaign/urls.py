"""Addresses of the campaign."""

from django.urls import path

from campaign import views

app_name = "campaign"

urlpatterns = [
    path("enrolments/", views.enrolments, name="enrolments"),
    path("enrolments/enrol/", views.enrol, name="enrol"),
    path("enrolments/<int:pk>/", views.enrolment, name="enrolment"),
    path("submissions/", views.submissions, name="submissions"),
    path("submissions/<str:kind>/write/", views.submission_edit, name="submission-edit"),
    path("submissions/<int:pk>/", views.submission, name="submission"),
    path("submissions/<int:pk>/review/", views.submission_review, name="submission-review"),
]
