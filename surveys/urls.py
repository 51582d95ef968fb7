"""Addresses. A station's own come last: its code is the first word after `/s/`."""

from django.urls import path

from surveys.views import office, public

app_name = "surveys"

urlpatterns = [
    path("receipt/", public.receipt, name="receipt"),
    path("response/<int:pk>/", office.response, name="response"),
    path("<slug:code>/", public.station, name="station"),
    path("<slug:code>/promises/", public.promises, name="promises"),
    path("<slug:code>/qr.svg", public.qr, name="qr"),
]
