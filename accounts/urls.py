"""Addresses: signing in and out, one's password, the audit trail, keeping accounts."""

from django.urls import path

from accounts import audit_views, own_views, password_views, people_views, rules_views, views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="login"),
    path("sign-out/", views.SignOutView.as_view(), name="logout"),
    path("switch/", views.switch_membership, name="switch"),
    path("audit/", audit_views.trail, name="audit"),
    path("audit/export/", audit_views.export, name="audit-export"),
    path("audit/archives/<int:pk>/", audit_views.archive, name="archive"),
    path("password/", password_views.PasswordView.as_view(), name="password"),
    path("forgotten/", password_views.ForgottenView.as_view(), name="forgotten"),
    path(
        "forgotten/<uidb64>/<token>/",
        password_views.ForgottenLinkView.as_view(),
        name="forgotten-link",
    ),
    path("mine/", own_views.own_sign_in, name="own-sign-in"),
    path("mine/end/<int:pk>/", own_views.end_sign_in, name="sign-in-end"),
    path("mine/end-others/", own_views.end_other_sign_ins, name="sign-ins-end"),
    path("second-factor/", own_views.show_second_factor, name="second-factor"),
    path("second-factor/set-up/", own_views.set_up_second_factor, name="second-factor-set-up"),
    path("second-factor/codes/", own_views.renew_codes, name="recovery-codes"),
    path("second-factor/give-up/", own_views.give_up_second_factor, name="second-factor-give-up"),
    path("rules/", rules_views.rules, name="rules"),
    path("rules/limits/", rules_views.limits, name="limits"),
    path("people/", people_views.people, name="people"),
    path("people/add/", people_views.add_person, name="person-add"),
    path("people/import/", people_views.import_people, name="people-import"),
    path("people/import/template/", people_views.people_template, name="people-template"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/edit/", people_views.edit_person, name="person-edit"),
    path("people/<int:pk>/suspend/", people_views.suspend, name="suspend"),
    path("people/<int:pk>/reactivate/", people_views.reactivate, name="reactivate"),
    path("people/<int:pk>/password/", people_views.renew_password, name="password-renew"),
    path("people/<int:pk>/unlock/", people_views.unlock, name="unlock"),
    path(
        "people/<int:pk>/second-factor/remove/",
        people_views.remove_second_factor,
        name="second-factor-remove",
    ),
    path("people/<int:pk>/roles/<int:membership>/move/", people_views.move_role, name="role-move"),
    path("people/<int:pk>/roles/", people_views.add_role, name="role-add"),
    path("people/<int:pk>/roles/<int:membership>/end/", people_views.end_role, name="role-end"),
]
