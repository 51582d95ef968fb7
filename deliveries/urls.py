"""Addresses of the mail ledger."""

from django.urls import path

from deliveries import views

app_name = "deliveries"

urlpatterns = [
    path("", views.deliveries, name="list"),
    path("<int:pk>/", views.delivery, name="detail"),
    path("<int:pk>/attachment/", views.attachment, name="attachment"),
    path("<int:pk>/bounced/", views.bounce, name="bounce"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices-read"),
    path("notices/<int:pk>/open/", views.notice_open, name="notice-open"),
    path("<int:pk>/resend/", views.resend, name="resend"),
]
