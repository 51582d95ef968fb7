"""Addresses of findings and rectifications. `<int:pk>` is what the noun before it names; before
"findings/" it is the enrolment's."""

from django.urls import path

from evaluations.views import findings, register, results, task_changes, tasks

urlpatterns = [
    # the register
    path("findings/", register.register, name="register"),
    path("findings/export/", register.register_export, name="register-export"),
    path("findings/dispatch/", register.findings_dispatch, name="findings-dispatch"),
    path("findings/link/", register.findings_link, name="findings-link"),
    path("findings/filters/", register.filter_save, name="filter-save"),
    path("findings/filters/<int:pk>/delete/", register.filter_delete, name="filter-delete"),
    path("findings/<int:pk>/", register.finding, name="finding"),
    path("findings/<int:pk>/unlink/<int:other>/", register.finding_unlink, name="finding-unlink"),
    path("<int:pk>/findings/", findings.findings, name="findings"),
    path("findings/<int:pk>/task/", findings.task_assign, name="task-assign"),
    # rectifications
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/export/", tasks.tasks_export, name="tasks-export"),
    path("tasks/days/", task_changes.rectification_days, name="rectification-days"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/start/", tasks.task_start, name="task-start"),
    path("tasks/<int:pk>/submit/", tasks.task_submit, name="task-submit"),
    path("tasks/<int:pk>/accept/", tasks.task_accept, name="task-accept"),
    path("tasks/<int:pk>/return/", tasks.task_return, name="task-return"),
    path("tasks/<int:pk>/postpone/", task_changes.task_postpone, name="task-postpone"),
    path(
        "postponements/<int:pk>/decide/",
        task_changes.postponement_decide,
        name="postponement-decide",
    ),
    path(
        "postponements/<int:pk>/withdraw/",
        task_changes.postponement_withdraw,
        name="postponement-withdraw",
    ),
    path("tasks/<int:pk>/reopen/", task_changes.task_reopen, name="task-reopen"),
    path("tasks/<int:pk>/publish/", task_changes.task_publish, name="task-publish"),
    path("tasks/<int:pk>/withdraw/", task_changes.task_withdraw, name="task-withdraw"),
    # for the public
    path("results/<slug:code>/", results.results, name="results"),
]
