"""Pages for everybody: without account, light, in both languages."""

from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.utils import translation

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def public_page(view):
    """No sign-in; `?lang=` chooses the language; never kept by a browser or a proxy."""

    @login_not_required
    @wraps(view)
    def page(request, *args, **kwargs):
        chosen = request.GET.get("lang")
        if chosen in LANGUAGES:
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return page
