"""Addresses of acceptance: checks, their plan, the on-site form, spot checks, visits, vetoes."""

from django.urls import path

from evaluations.views import (
    checks,
    league,
    onsite,
    plans,
    replies,
    secret_visits,
    spot_checks,
    vetoes,
)

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
    # after sign-off
    path("<int:pk>/acceptance/reply/", replies.check_reply, name="check-reply"),
    path("<int:pk>/acceptance/recheck/", replies.recheck, name="recheck"),
    path("<int:pk>/acceptance/reopen/", replies.reopening_request, name="reopening-request"),
    path("objections/<int:pk>/decide/", replies.objection_decide, name="objection-decide"),
    path("reopenings/<int:pk>/decide/", replies.reopening_decide, name="reopening-decide"),
    path("former-checks/<int:pk>/", replies.former_check, name="former-check"),
    # plan and pool
    path("acceptance/plan/", plans.plan, name="plan"),
    path("acceptance/plan/print/", plans.plan_print, name="plan-print"),
    path("acceptance/plan/schedule/", plans.plan_schedule, name="plan-schedule"),
    path("acceptance/plan/move/", plans.plan_move, name="plan-move"),
    path("acceptance/plan/adopt/", plans.plan_adopt, name="plan-adopt"),
    path("acceptance/plan/teams/add/", plans.team_add, name="team-add"),
    path("teams/<int:pk>/", plans.team_edit, name="team-edit"),
    path("planned-visits/<int:pk>/", plans.visit_edit, name="visit-edit"),
    path("acceptance/inspectors/", plans.inspectors, name="inspectors"),
    path("acceptance/inspectors/add/", plans.inspector_add, name="inspector-add"),
    path("inspectors/<int:pk>/", plans.inspector_edit, name="inspector-edit"),
    path("acceptance/rules/", plans.rules, name="acceptance-rules"),
    path("acceptance/league/", league.acceptance_league, name="acceptance-league"),
    path("acceptance/export/", league.acceptance_export, name="acceptance-export"),
    # spot checks
    path("spot-checks/", spot_checks.spot_checks, name="spot-checks"),
    path("spot-checks/frame/", spot_checks.frame, name="draw-frame"),
    path("draws/<int:pk>/", spot_checks.draw, name="draw"),
    path("draws/<int:pk>/draw/", spot_checks.draw_sample, name="draw-sample"),
    path("draws/<int:pk>/anew/", spot_checks.redraw, name="redraw"),
    path("draws/<int:pk>/protocol/", spot_checks.draw_protocol, name="draw-protocol"),
    path("draws/<int:pk>/orders/<str:code>/", spot_checks.order, name="order"),
    path("spot-checks/<int:pk>/", spot_checks.spot_check, name="spot-check"),
    path("spot-checks/<int:pk>/sign/", spot_checks.spot_check_sign, name="spot-check-sign"),
    path(
        "spot-scores/<int:pk>/finding/",
        spot_checks.finding_from_spot_score,
        name="finding-from-spot-score",
    ),
    path("recheck-orders/<int:pk>/", spot_checks.order_page, name="recheck-order"),
    path("recheck-orders/<int:pk>/review/", spot_checks.order_review, name="order-review"),
    # secret visits
    path("secret-visits/", secret_visits.visits, name="secret-visits"),
    path("<int:pk>/secret-visits/add/", secret_visits.visit_add, name="visit-add"),
    path("secret-visits/<int:pk>/", secret_visits.visit, name="secret-visit"),
    path("secret-visits/<int:pk>/release/", secret_visits.visit_release, name="visit-release"),
    # veto
    path("<int:pk>/veto/", vetoes.veto, name="veto"),
    path("vetoes/<int:pk>/reply/", vetoes.veto_reply, name="veto-reply"),
    path("vetoes/<int:pk>/decide/", vetoes.veto_decide, name="veto-decide"),
    path("vetoes/<int:pk>/lift/", vetoes.veto_lift, name="veto-lift"),
]
