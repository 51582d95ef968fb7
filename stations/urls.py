"""Addresses of the registry."""

from django.urls import path

from stations import views

app_name = "stations"

urlpatterns = [
    path("", views.stations, name="list"),
    path("export/", views.export, name="export"),
    path("add/", views.add, name="add"),
    path("import/", views.import_stations, name="import"),
    path("import/template/", views.import_template, name="import-template"),
    path("<slug:code>/", views.station, name="detail"),
    path("<slug:code>/edit/", views.edit, name="edit"),
]
