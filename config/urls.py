"""The address space: one line per room."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.urls")),
    path("accounts/", include("accounts.urls")),
    path("deliveries/", include("deliveries.urls")),
    path("stations/", include("stations.urls")),
    path("campaign/", include("campaign.urls")),
    path("evaluations/", include("evaluations.urls")),
    path("o/", include("evaluations.public_urls")),
    path("s/", include("surveys.urls")),
    path("scoring/", include("scoring.urls")),
    path("reports/", include("reports.urls")),
    path("verify/", include("reports.verify_urls")),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.page_not_found"
handler500 = "portal.errors.server_error"
