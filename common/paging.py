"""Pages of a list."""

from django.core.paginator import Paginator

PAGE_SIZE = 50


def page_of(request, rows, size=PAGE_SIZE):
    """The page of `rows` that the request's `page` asks for; a wrong number gives the nearest."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
