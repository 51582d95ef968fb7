"""Pages for everybody: without account, light, in both languages."""

from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template import loader
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


def light_response(request, template, context, *, status=200, form=False) -> HttpResponse:
    """A page without the portal's context processors: it costs neither their queries nor their
    style sheets. With a `form` it sets the cookie against forgery, else none at all. `?lang=` and
    `?size=` stay in all its addresses."""
    language = translation.get_language()
    chosen = request.GET.get("lang") in LANGUAGES
    large = request.GET.get("size") == "large"
    other = next(code for code in LANGUAGES if code != language)
    shared = {
        "demonstration": settings.DEMONSTRATION,
        "language": language,
        "large": large,
        "lang_query": _query(language if chosen else "", large),
        "language_query": _query(other, large),
        "size_query": _query(language if chosen else "", not large) or "?size=usual",
        "csrf_token": get_token(request) if form else "",
    }
    return HttpResponse(loader.get_template(template).render(shared | context), status=status)


def _query(language: str, large: bool) -> str:
    chosen = {"lang": language} if language else {}
    if large:
        chosen["size"] = "large"
    return f"?{urlencode(chosen)}" if chosen else ""
