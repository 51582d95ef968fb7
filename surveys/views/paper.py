"""Paper ballots of a review meeting: registered, typed twice, settled, counted."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.views.scope import enrolment_of, row_of
from surveys.layout import layout_of
from surveys.models import BallotBatch, Questionnaire
from surveys.office_forms import CountForm, PaperForm, SheetForm
from surveys.policies import check_can_issue, check_can_type
from surveys.services import paper as services


@require_http_methods(["GET", "HEAD", "POST"])
def register(request, pk):
    """The paper of a meeting: how many sheets were given out and came back."""
    enrolment = enrolment_of(request, pk)
    check_can_issue(request.user, enrolment, request.now)
    form = PaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        batch = services.open_paper_batch(
            enrolment=enrolment, by=request.user, now=request.now, **form.cleaned_data
        )
        return redirect("surveys:type", pk=batch.pk)
    return render(request, "surveys/paper.html", {"enrolment": enrolment, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def type_sheets(request, pk):
    """Type the next sheet; when both typings are there, settle what differs, and count."""
    batch = _batch(request, pk)
    layout = _layout(batch)
    typing = services.typing_of(batch, request.user)
    number = services.next_sheet(batch, typing) if typing else None
    form = SheetForm(request.POST or None, layout=layout)
    if request.method == "POST" and number and form.is_valid():
        services.type_sheet(
            batch=batch, number=number, by=request.user, now=request.now, **form.sheet()
        )
        return redirect("surveys:type", pk=pk)
    complete = not any(services.next_sheet(batch, each) for each in (1, 2))
    return _page(request, batch, layout, form if number else None, number, typing, complete)


@require_POST
def repair(request, pk):
    """Settle one field with the sheet in hand."""
    batch = _batch(request, pk)
    number, take = request.POST.get("sheet", ""), request.POST.get("take", "")
    services.repair(
        batch=batch,
        number=int(number) if number.isdecimal() else 0,
        field=request.POST.get("field", ""),
        take=int(take) if take.isdecimal() else 0,
        by=request.user,
        now=request.now,
    )
    return redirect("surveys:type", pk=pk)


@require_POST
def count(request, pk):
    """Put the sheets into the box."""
    batch = _batch(request, pk)
    form = CountForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, _layout(batch), None, None, 0, True, form)
    number = services.count_paper(
        batch=batch, by=request.user, now=request.now, **form.cleaned_data
    )
    done = ngettext("%(number)s ballot is counted.", "%(number)s ballots are counted.", number)
    messages.success(request, done % {"number": number})
    return redirect("surveys:batch", pk=pk)


def _batch(request, pk) -> BallotBatch:
    batch = row_of(request, BallotBatch.objects.select_related("campaign"), pk)
    check_can_type(request.user, batch)
    return batch


def _layout(batch):
    return layout_of(Questionnaire.objects.in_force(batch.campaign))


def _page(request, batch, layout, form, number, typing, complete, count_form=None):
    found = services.differences(batch, layout) if complete else []
    context = {
        "batch": batch,
        "enrolment": batch.enrolment,
        "form": form,
        "number": number,
        "typing": typing,
        "complete": complete,
        "differences": [(row, *_in_words(row, layout)) for row in found],
        "count_form": (count_form or CountForm()) if complete and not found else None,
    }
    return render(request, "surveys/type.html", context)


def _in_words(row, layout) -> tuple[str, str, str]:
    """What a difference is about, and both typings, as they stand on the sheet."""
    item = next((item for item in layout.packed if item.field == row.field), None)
    if item:
        choices = [item.choice(code) for code in (row.first, row.second)]
        texts = [f"{choice.code} {choice.text}" if choice else "" for choice in choices]
        return f"{item.number}. {item.text}", *texts
    if row.field == "group":
        groups = [layout.group(code) for code in (row.first, row.second)]
        return _("respondent group"), *(group.name if group else "" for group in groups)
    if row.field == "void":
        return _("the sheet is void"), *(
            _("yes") if v else _("no") for v in (row.first, row.second)
        )
    return _("comment"), row.first, row.second
