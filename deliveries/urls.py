"""Addresses of the mail ledger."""

from django.urls import path

from deliveries import views

app_name = "deliveries"

urlpatterns = [
    path("", views.deliveries, name="list"),
    path("<int:pk>/", views.delivery, name="detail"),
    path("<int:pk>/attachment/", views.attachment, name="attachment"),
    path("<int:pk>/resend/", views.resend, name="resend"),
]
