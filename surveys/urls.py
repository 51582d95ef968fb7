"""Addresses. A station's own come last: its code is the first word after `/s/`."""

from django.urls import path

from surveys.views import batches, integrity, office, paper, public, questionnaires, voices

app_name = "surveys"

urlpatterns = [
    path("code/", public.by_code, name="code"),
    path("box/", public.box, name="box"),
    path("receipt/", public.receipt, name="receipt"),
    path("overview/", office.overview, name="overview"),
    path("overview/results.xlsx", office.results_export, name="results-export"),
    path("response/<int:pk>/", office.response, name="response"),
    path("batches/", batches.batches, name="batches"),
    path("batches/issue/<int:pk>/", batches.issue, name="issue"),
    path("batches/people.xlsx", batches.people_template, name="people-template"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/hand-out/", batches.hand_out, name="hand-out"),
    path("batches/<int:pk>/void/", batches.void, name="void"),
    path("batches/<int:pk>/close/", batches.close, name="close"),
    path("batches/paper/<int:pk>/", paper.register, name="paper"),
    path("batches/<int:pk>/type/", paper.type_sheets, name="type"),
    path("batches/<int:pk>/repair/", paper.repair, name="repair"),
    path("batches/<int:pk>/count/", paper.count, name="count"),
    path("batches/import/", batches.import_ballots, name="import"),
    path("batches/import/template.xlsx", batches.import_template, name="import-template"),
    path("flags/", integrity.flags, name="flags"),
    path("flags/rules/", integrity.rules, name="rules"),
    path("flags/<int:pk>/", integrity.flag, name="flag"),
    path("flags/<int:pk>/settle/", integrity.settle, name="settle"),
    path("flags/<int:pk>/question/", integrity.question, name="question"),
    path("quarantines/<int:pk>/decide/", integrity.decide, name="decide"),
    path("quarantines/<int:pk>/lift/", integrity.lift, name="lift"),
    path("comments/<int:pk>/", voices.comments, name="comments"),
    path("comments/<int:pk>/screen/", voices.screen, name="screen"),
    path("comments/<int:pk>/finding/", voices.find, name="find"),
    path("leads/", voices.leads, name="leads"),
    path("leads/<int:pk>/", voices.lead, name="lead"),
    path("leads/<int:pk>/take-up/", voices.lead_take_up, name="lead-take-up"),
    path("leads/<int:pk>/close/", voices.lead_close, name="lead-close"),
    path("leads/<int:pk>/finding/", voices.lead_find, name="lead-finding"),
    path("questionnaires/", questionnaires.questionnaires, name="questionnaires"),
    path("questionnaires/add/", questionnaires.add, name="questionnaire-add"),
    path("questionnaires/<int:pk>/", questionnaires.questionnaire, name="questionnaire"),
    path("questionnaires/<int:pk>/open/", questionnaires.freeze, name="questionnaire-open"),
    path("questionnaires/<int:pk>/preview/", questionnaires.preview, name="preview"),
    path("questionnaires/<int:pk>/<slug:kind>/", questionnaires.part, name="part-add"),
    path("questionnaires/<int:pk>/<slug:kind>/<int:part_pk>/", questionnaires.part, name="part"),
    path(
        "questionnaires/<int:pk>/<slug:kind>/<int:part_pk>/delete/",
        questionnaires.part_delete,
        name="part-delete",
    ),
    path("<slug:code>/", public.station, name="station"),
    path("<slug:code>/promises/", public.promises, name="promises"),
    path("<slug:code>/qr.svg", public.qr, name="qr"),
]
