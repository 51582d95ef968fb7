"""Addresses. `<int:pk>` is the enrolment's, except where a noun stands before it."""

from django.urls import include, path

from evaluations.views import (
    commitments,
    evidence,
    self_inspections,
)

app_name = "evaluations"

urlpatterns = [
    path("", include("evaluations.standard_urls")),
    path("", include("evaluations.rectification_urls")),
    path("evidence/<int:pk>/", evidence.evidence, name="evidence"),
    # commitments
    path("<int:pk>/commitments/", commitments.commitments, name="commitments"),
    path("<int:pk>/commitments/submit/", commitments.commitments_submit, name="commitments-submit"),
    path("<int:pk>/commitments/review/", commitments.commitments_review, name="commitments-review"),
    path("commitments/<int:pk>/", commitments.commitment_edit, name="commitment-edit"),
    path("commitments/<int:pk>/delete/", commitments.commitment_delete, name="commitment-delete"),
    path("commitments/<int:pk>/kept/", commitments.fulfilments, name="fulfilments"),
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
    path("", include("evaluations.acceptance_urls")),
    path("", include("evaluations.opinion_urls")),
    path("", include("evaluations.meeting_urls")),
]
