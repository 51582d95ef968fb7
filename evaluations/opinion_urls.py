"""Addresses of the offices' pages about opinions and complaints; included by `urls`."""

from django.urls import path

from evaluations.views import opinion_batch, opinion_register, opinions, terms

urlpatterns = [
    path("opinions/", opinion_register.opinions, name="opinions"),
    path("opinions/export/", opinion_register.opinions_export, name="opinions-export"),
    path("opinions/import/", opinion_batch.opinions_import, name="opinions-import"),
    path("opinions/template/", opinion_batch.opinions_template, name="opinions-template"),
    path("opinions/<int:pk>/", opinions.opinion, name="opinion"),
    path("opinions/<int:pk>/accept/", opinions.opinion_accept, name="opinion-accept"),
    path("opinions/<int:pk>/decline/", opinions.opinion_decline, name="opinion-decline"),
    path("opinions/<int:pk>/transfer/", opinions.opinion_transfer, name="opinion-transfer"),
    path("opinions/<int:pk>/send-back/", opinions.opinion_send_back, name="opinion-send-back"),
    path("opinions/<int:pk>/promise/", opinions.opinion_link, name="opinion-link"),
    path("opinions/<int:pk>/finding/", opinions.opinion_find, name="opinion-find"),
    path("opinions/<int:pk>/answer/", opinions.opinion_answer, name="opinion-answer"),
    path("opinions/<int:pk>/close/", opinions.opinion_close, name="opinion-close"),
    path("opinions/<int:pk>/extension/", opinions.opinion_extend, name="opinion-extend"),
    path("opinions/retention/", terms.retention, name="retention"),
    path("opinions/<int:pk>/complainant/", opinions.complainant, name="complainant"),
    path("opinions/<int:pk>/code/", opinions.opinion_code, name="opinion-code"),
    path("extensions/<int:pk>/decide/", opinions.extension_decide, name="extension-decide"),
    path("opinion-files/<int:pk>/", opinions.opinion_file, name="opinion-file"),
    path("terms/", terms.terms, name="terms"),
]
