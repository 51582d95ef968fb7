"""Addresses of the pages that cross apps."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from portal import campaign_views, views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("language/", login_not_required(require_POST(set_language)), name="language"),
    path("progress/", views.progress, name="progress"),
    path("campaigns/<int:pk>/", campaign_views.campaign, name="campaign"),
    path("campaigns/<int:pk>/open/", campaign_views.campaign_open, name="campaign-open"),
    path("campaigns/<int:pk>/close/", campaign_views.campaign_close, name="campaign-close"),
    path("campaigns/<int:pk>/copy/", campaign_views.campaign_copy, name="campaign-copy"),
    path("desk/", views.desk, name="desk"),
    path("seals/", views.seals_page, name="seals"),
    path("clock/", views.clock_page, name="clock"),
]
