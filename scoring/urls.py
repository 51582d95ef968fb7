"""Addresses."""

from django.urls import path

from scoring import views

app_name = "scoring"

urlpatterns = [
    path("daily/", views.daily, name="daily"),
    path("daily/<int:pk>/", views.daily_edit, name="daily-edit"),
    path("policy/", views.policy, name="policy"),
    path("ranking/", views.ranking, name="ranking"),
    path("ranking/export/", views.ranking_export, name="ranking-export"),
    path("runs/", views.runs, name="runs"),
    path("runs/make/", views.run_make, name="run-make"),
    path("score/<int:pk>/", views.score, name="score"),
]
