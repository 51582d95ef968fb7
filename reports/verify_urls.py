"""Addresses printed on papers: short, and open to everybody."""

from django.urls import path

from reports.views import verify

app_name = "verify"

urlpatterns = [
    path("", verify.verify, name="form"),
    path("<slug:code>/", verify.verify, name="code"),
]
