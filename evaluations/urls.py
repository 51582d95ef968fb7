"""Addresses. `<int:pk>` is the enrolment's, except where a noun stands before it."""

from django.urls import path

from evaluations.urls_acceptance import addresses as acceptance_addresses
from evaluations.views import (
    commitments,
    evidence,
    findings,
    self_inspections,
    standard,
    tasks,
)

app_name = "evaluations"

urlpatterns = [
    path("standard/", standard.standard, name="standard"),
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
    # findings and rectification
    path("<int:pk>/findings/", findings.findings, name="findings"),
    path("findings/<int:pk>/task/", findings.task_assign, name="task-assign"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/export/", tasks.tasks_export, name="tasks-export"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/start/", tasks.task_start, name="task-start"),
    path("tasks/<int:pk>/submit/", tasks.task_submit, name="task-submit"),
    path("tasks/<int:pk>/accept/", tasks.task_accept, name="task-accept"),
    path("tasks/<int:pk>/return/", tasks.task_return, name="task-return"),
    *acceptance_addresses,
]
