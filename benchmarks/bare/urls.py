"""One view: parse the post, insert one row, answer."""

import secrets

from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path


@transaction.atomic
def insert(request):
    answers = "".join(request.POST.get(f"q{number}", "0") for number in range(1, 12))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_ballot (id, answers, key_digest) VALUES (%s, %s, %s)",
            [secrets.randbits(62), answers, request.POST["key"]],
        )
    return HttpResponse("received")


urlpatterns = [path("insert/", insert)]
