"""The office's pages of mails: schedules, words, rules. And the reader's way out."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaign.models import Campaign
from common.public import LANGUAGES, public_page
from reports.forms import RulesForm, ScheduleForm, WordsForm
from reports.mail.office import keep_rules, keep_schedule, keep_words
from reports.mail.schedules import set_usual_schedules
from reports.mail.sending import unsubscribe, unsubscribed_user
from reports.mail.words import OCCASIONS, sample_values, words_of, write_letter
from reports.models import MailSchedule, MailTemplate, ReportRules
from reports.policies import check_can_keep_rules


def _campaign():
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    return campaign


@require_safe
def office(request):
    """Schedules, words and rules at a glance."""
    check_can_keep_rules(request.user)
    campaign = _campaign()
    context = {
        "campaign": campaign,
        "schedules": MailSchedule.objects.filter(campaign=campaign),
        "occasions": OCCASIONS.values(),
        "own_words": set(MailTemplate.objects.values_list("occasion", "language")),
        "rules": ReportRules.of(campaign),
    }
    return render(request, "reports/office.html", context)


@require_POST
def schedules_usual(request):
    """Take over the usual schedules."""
    set_usual_schedules(campaign=_campaign(), by=request.user, now=request.now)
    messages.success(request, _("The usual schedules are set."))
    return redirect("reports:office")


@require_http_methods(["GET", "POST"])
def schedule_edit(request, pk):
    """Change one schedule."""
    check_can_keep_rules(request.user)
    schedule = get_object_or_404(MailSchedule, pk=pk)
    form = ScheduleForm(request.POST or None, instance=schedule)
    if request.method == "POST" and form.is_valid():
        keep_schedule(schedule=form.instance, by=request.user, now=request.now)
        messages.success(request, _("The schedule is saved."))
        return redirect("reports:office")
    title = _("Mail schedule: %(audience)s") % {"audience": schedule.get_audience_display()}
    return render(request, "reports/office_form.html", {"form": form, "title": title})


@require_http_methods(["GET", "POST"])
def words_edit(request, occasion, language):
    """Change the words of a mail, with a preview."""
    check_can_keep_rules(request.user)
    found = OCCASIONS.get(occasion)
    if found is None or language not in LANGUAGES:
        raise Http404
    with translation.override(language):
        subject, text = words_of(found, language)
    row = MailTemplate(occasion=occasion, language=language)
    form = WordsForm(
        request.POST or None,
        instance=row,
        occasion=found,
        initial={"subject": subject, "text": text},
    )
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            keep_words(by=request.user, now=request.now, occasion=occasion, language=language,
                       **form.cleaned_data)  # fmt: skip
            messages.success(request, _("The words are saved."))
            return redirect("reports:office")
        with translation.override(language):
            preview = write_letter(
                form.cleaned_data["subject"],
                form.cleaned_data["text"],
                sample_values(found),
                demonstration=False,
            )
    context = {
        "form": form,
        "occasion": found,
        "language": dict(settings.LANGUAGES)[language],
        "preview": preview,
    }
    return render(request, "reports/words.html", context)


@require_http_methods(["GET", "POST"])
def rules_edit(request):
    """Change how long files are kept and how they travel."""
    check_can_keep_rules(request.user)
    form = RulesForm(request.POST or None, instance=ReportRules.of(_campaign()))
    if request.method == "POST" and form.is_valid():
        keep_rules(rules=form.instance, by=request.user, now=request.now)
        messages.success(request, _("The rules are saved."))
        return redirect("reports:office")
    title = _("Rules of papers")
    return render(request, "reports/office_form.html", {"form": form, "title": title})


# SECURITY: a mail program posts here without a cookie (RFC 8058); the signed address is the leave.
@csrf_exempt
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request, token):
    """No more scheduled summaries, for the reader of a mail."""
    user = unsubscribed_user(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        unsubscribe(user=user, now=request.now)
    context = {"done": request.method == "POST"}
    return render(request, "reports/unsubscribe.html", context)
