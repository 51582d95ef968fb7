"""Addresses of the public's opinions and complaints. A unit's own come last: its code is the first
word after `/o/`."""

from django.urls import path

from evaluations.views import public_opinions

app_name = "opinions"

urlpatterns = [
    path("", public_opinions.campaign_page, name="campaign"),
    path("query/", public_opinions.query, name="query"),
    path("<slug:code>/", public_opinions.unit_page, name="unit"),
]
