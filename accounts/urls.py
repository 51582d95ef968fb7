"""Addresses: signing in and out, one's password, the audit trail, keeping accounts."""

from django.urls import path

from accounts import audit_views, password_views, people_views, views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="login"),
    path("sign-out/", views.SignOutView.as_view(), name="logout"),
    path("switch/", views.switch_membership, name="switch"),
    path("audit/", audit_views.trail, name="audit"),
    path("audit/export/", audit_views.export, name="audit-export"),
    path("password/", password_views.PasswordView.as_view(), name="password"),
    path("people/", people_views.people, name="people"),
    path("people/add/", people_views.add_person, name="person-add"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/edit/", people_views.edit_person, name="person-edit"),
    path("people/<int:pk>/suspend/", people_views.suspend, name="suspend"),
    path("people/<int:pk>/reactivate/", people_views.reactivate, name="reactivate"),
    path("people/<int:pk>/password/", people_views.renew_password, name="password-renew"),
    path("people/<int:pk>/roles/", people_views.add_role, name="role-add"),
    path("people/<int:pk>/roles/<int:membership>/end/", people_views.end_role, name="role-end"),
]
