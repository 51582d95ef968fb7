"""Addresses. `<int:pk>` is the enrolment's, except where a noun stands before it."""

from django.urls import include, path

from evaluations import meeting_urls, opinion_urls
from evaluations.views import (
    checks,
    commitments,
    evidence,
    self_inspections,
    vetoes,
)

app_name = "evaluations"

urlpatterns = [
    path("", include("evaluations.standard_urls")),
    path("", include("evaluations.rectification_urls")),
    path("evidence/<int:pk>/", evidence.evidence, name="evidence"),
    # commitments
    path("<int:pk>/commitments/", commitments.commitments, name="commitments"),
    path(
        "<int:pk>/commitments/publish/",
        commitments.commitments_publish,
        name="commitments-publish",
    ),
    path("commitments/<int:pk>/", commitments.commitment_edit, name="commitment-edit"),
    path("commitments/<int:pk>/delete/", commitments.commitment_delete, name="commitment-delete"),
    # self-inspection
    path("<int:pk>/self-inspection/", self_inspections.self_inspection, name="self-inspection"),
    path(
        "<int:pk>/self-inspection/<int:number>/",
        self_inspections.self_inspection_area,
        name="self-inspection-area",
    ),
    path(
        "<int:pk>/self-inspection/autosave/",
        self_inspections.self_inspection_autosave,
        name="self-inspection-autosave",
    ),
    path(
        "<int:pk>/self-inspection/print/",
        self_inspections.self_inspection_print,
        name="self-inspection-print",
    ),
    path(
        "<int:pk>/self-inspection/submit/",
        self_inspections.self_inspection_submit,
        name="self-inspection-submit",
    ),
    path(
        "<int:pk>/self-inspection/review/",
        self_inspections.self_inspection_review,
        name="self-inspection-review",
    ),
    path("items/<int:pk>/finding/", self_inspections.finding_from_item, name="finding-from-item"),
    # acceptance
    path("acceptance/", checks.checks, name="checks"),
    path("<int:pk>/acceptance/", checks.check, name="check"),
    path("<int:pk>/acceptance/sign/", checks.check_sign, name="check-sign"),
    path("scores/<int:pk>/finding/", checks.finding_from_score, name="finding-from-score"),
    # veto
    path("<int:pk>/veto/", vetoes.veto, name="veto"),
    path("vetoes/<int:pk>/reply/", vetoes.veto_reply, name="veto-reply"),
    path("vetoes/<int:pk>/decide/", vetoes.veto_decide, name="veto-decide"),
    path("vetoes/<int:pk>/lift/", vetoes.veto_lift, name="veto-lift"),
    *opinion_urls.urlpatterns,
    *meeting_urls.urlpatterns,
]
