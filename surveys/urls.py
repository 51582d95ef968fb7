"""Addresses. A station's own come last: its code is the first word after `/s/`."""

from django.urls import path

from surveys.views import office, public

app_name = "surveys"

urlpatterns = [
    path("code/", public.by_code, name="code"),
    path("box/", public.box, name="box"),
    path("receipt/", public.receipt, name="receipt"),
    path("overview/", office.overview, name="overview"),
    path("overview/results.xlsx", office.results_export, name="results-export"),
    path("response/<int:pk>/", office.response, name="response"),
    path("<slug:code>/", public.station, name="station"),
    path("<slug:code>/promises/", public.promises, name="promises"),
    path("<slug:code>/qr.svg", public.qr, name="qr"),
]
