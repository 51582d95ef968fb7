"""Short ways to states that tests start from."""

from datetime import date
from decimal import Decimal

from evaluations.models import FindingCategory, FindingSource, Standard
from evaluations.services.checks import Mark, save_check, sign_check
from evaluations.services.findings import record_finding
from evaluations.services.self_inspections import (
    Answer,
    save_self_inspection,
    submit_self_inspection,
)
from evaluations.services.tasks import assign_task, start_task, submit_task
from tests.factories import NOW


def criteria(world):
    """1.1 (3 points), 1.2 (2 points), 2.1 (5 points)."""
    return list(Standard.objects.in_force(world.campaign).criteria())


def answers(world, *scores):
    return [
        Answer(
            criterion,
            None if score is None else Decimal(score),
            "" if score is None or Decimal(score) == criterion.points else "problem",
        )
        for criterion, score in zip(criteria(world), scores, strict=False)
    ]


def submitted_inspection(world, enrolment, by):
    save_self_inspection(
        enrolment=enrolment, answers=answers(world, "3", "1.5", "5"), by=by, now=NOW
    )
    return submit_self_inspection(enrolment=enrolment, by=by, now=NOW)


def marks(world, *deductions):
    return [
        Mark(
            criterion,
            None if deduction is None else Decimal(deduction),
            "" if not deduction or Decimal(deduction) == 0 else "reason",
        )
        for criterion, deduction in zip(criteria(world), deductions, strict=False)
    ]


def drafted_check(world, enrolment, by, *deductions, inspectors=("A", "B"), version=0):
    return save_check(
        enrolment=enrolment,
        checked_on=date(2014, 10, 20),
        inspectors=list(inspectors),
        marks=marks(world, *deductions),
        version=version,
        by=by,
        now=NOW,
    )


def signed_check(world, enrolment, by, *deductions):
    drafted_check(world, enrolment, by, *deductions)
    return sign_check(enrolment=enrolment, by=by, now=NOW)


def finding(world, enrolment, by, text="no phone answers"):
    return record_finding(
        enrolment=enrolment,
        source=FindingSource.COMPLAINT,
        category=FindingCategory.SERVICE,
        text=text,
        by=by,
        now=NOW,
    )


def task(world, enrolment, by, due_on=date(2014, 10, 31), **kwargs):
    return assign_task(
        finding=finding(world, enrolment, by, **kwargs),
        requirement="answer the phone",
        due_on=due_on,
        by=by,
        now=NOW,
    )


def submitted_task(world, enrolment, by, worker, file):
    row = task(world, enrolment, by)
    start_task(task=row, by=worker, now=NOW)
    return submit_task(task=row, result="answered", files=[file], by=worker, now=NOW)
