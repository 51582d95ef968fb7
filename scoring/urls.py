"""Addresses."""

from django.urls import path

from scoring.views import daily, policy, public, ranking, results, runs

app_name = "scoring"

urlpatterns = [
    path("daily/", daily.daily, name="daily"),
    path("daily/import/", daily.daily_import, name="daily-import"),
    path("daily/import/template/", daily.daily_template, name="daily-template"),
    path("daily/sign/", daily.daily_sign, name="daily-sign"),
    path("daily/reopen/<int:pk>/", daily.daily_reopen, name="daily-reopen"),
    path("daily/file/<int:pk>/", daily.daily_file, name="daily-file"),
    path("daily/<int:pk>/", daily.daily_edit, name="daily-edit"),
    path("policy/", policy.policy, name="policy"),
    path("policy/edit/", policy.policy_edit, name="policy-edit"),
    path("ranking/", ranking.ranking, name="ranking"),
    path("ranking/export/", ranking.ranking_export, name="ranking-export"),
    path("ranking/units/", ranking.ranking_units, name="units"),
    path("ranking/funnel/", ranking.ranking_funnel, name="funnel"),
    path("runs/", runs.runs, name="runs"),
    path("runs/make/", runs.run_make, name="run-make"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/preview/", runs.run_preview, name="run-preview"),
    path("runs/<int:pk>/publish/", runs.run_publish, name="run-publish"),
    path("runs/<int:pk>/supersede/", runs.run_supersede, name="run-supersede"),
    path("runs/<int:pk>/compare/", runs.run_compare, name="run-compare"),
    path("runs/<int:pk>/sensitivity/", runs.run_sensitivity, name="run-sensitivity"),
    path("runs/<int:pk>/what-if/", runs.run_whatif, name="run-whatif"),
    path("replies/<int:pk>/answer/", runs.reply_answer, name="reply-answer"),
    path("score/<int:pk>/", ranking.score, name="score"),
    path("score/<int:pk>/reply/", runs.run_reply, name="run-reply"),
    path("results/", results.honours, name="honours"),
    path("results/propose/", results.results_propose, name="results-propose"),
    path("results/rules/", results.result_rules, name="result-rules"),
    path("results/publicity/", results.publicity_open, name="publicity-open"),
    path("results/honour/<int:pk>/", results.honour, name="honour"),
    path("results/honour/<int:pk>/nominate/", results.honour_nominate, name="honour-nominate"),
    path("results/honour/<int:pk>/decide/", results.honour_decide, name="honour-decide"),
    path("results/objection/<int:pk>/", results.objection_decide, name="objection-decide"),
    path("results/consequences/", results.consequences, name="consequences"),
    path("results/consequence/<int:pk>/", results.consequence, name="consequence"),
    path(
        "results/consequence/<int:pk>/decide/",
        results.consequence_decide,
        name="consequence-decide",
    ),
    path("results/earlier/", results.past_import, name="past-import"),
    path("results/earlier/template/", results.past_template, name="past-template"),
    path("public/ranking/", public.public_ranking, name="public-ranking"),
    path("public/names/", public.publicity, name="publicity"),
]
