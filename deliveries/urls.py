"""Addresses."""

from django.urls import path

app_name = "deliveries"

urlpatterns: list[path] = []
