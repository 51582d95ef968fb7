"""Methods; the clock, read once per request; refusals, which become pages."""

from django.http import HttpResponseNotAllowed
from django.shortcuts import render

from common import clock
from common.errors import Refusal, TooMany


class MethodMiddleware:
    """The portal is read and sends forms: any other method is refused before anything is asked."""

    METHODS = ("GET", "HEAD", "POST")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in self.METHODS:
            return HttpResponseNotAllowed(self.METHODS)
        return self.get_response(request)


class ClockMiddleware:
    """Sets `request.now`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.now = clock.now()
        return self.get_response(request)


class RefusalMiddleware:
    """Shows a `Refusal` as a page with its reason and status."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, Refusal):
            context = {"reason": exception.reason, "status": exception.status}
            response = render(request, "errors/refusal.html", context, status=exception.status)
            if isinstance(exception, TooMany):
                response["Retry-After"] = exception.wait
            return response
        return None
