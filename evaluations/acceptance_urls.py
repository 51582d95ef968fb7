"""Addresses of acceptance: checks, their plan, the on-site form, spot checks, visits, vetoes."""

from django.urls import path

from evaluations.views import checks, onsite, vetoes

urlpatterns = [
    path("acceptance/", checks.checks, name="checks"),
    path("<int:pk>/acceptance/", checks.check, name="check"),
    path("<int:pk>/acceptance/sign/", checks.check_sign, name="check-sign"),
    path("scores/<int:pk>/finding/", checks.finding_from_score, name="finding-from-score"),
    # on site
    path("onsite/", onsite.page, name="onsite"),
    path("onsite/manifest.webmanifest", onsite.manifest, name="onsite-manifest"),
    path("onsite/worker.js", onsite.worker, name="onsite-worker"),
    path("onsite/session/", onsite.session, name="onsite-session"),
    path("onsite/checks/", onsite.bundle, name="onsite-bundle"),
    path("onsite/<int:pk>/change/", onsite.change, name="onsite-change"),
    # veto
    path("<int:pk>/veto/", vetoes.veto, name="veto"),
    path("vetoes/<int:pk>/reply/", vetoes.veto_reply, name="veto-reply"),
    path("vetoes/<int:pk>/decide/", vetoes.veto_decide, name="veto-decide"),
    path("vetoes/<int:pk>/lift/", vetoes.veto_lift, name="veto-lift"),
]
