"""The clock is read once per request; refusals become pages."""

from django.shortcuts import render

from common import clock
from common.errors import Refusal, TooMany


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
