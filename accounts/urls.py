"""Addresses of signing in and out, and of the audit trail."""

from django.urls import path

from accounts import audit_views, views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="login"),
    path("sign-out/", views.SignOutView.as_view(), name="logout"),
    path("switch/", views.switch_membership, name="switch"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("audit/", audit_views.trail, name="audit"),
    path("audit/export/", audit_views.export, name="audit-export"),
]
