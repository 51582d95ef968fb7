"""Links from an object's page to the paper about it; numbers of headings."""

from django import template

from reports.papers import PAPERS
from reports.papers.official import chinese_number

register = template.Library()
register.filter("chinese", chinese_number)


@register.inclusion_tag("reports/_paper_link.html", takes_context=True)
def paper_link(context, kind, about="", station=""):
    """A link to the request for a paper about `about` (a task, a meeting) or a station, for who may
    ask for it."""
    paper, user = PAPERS[kind], context["request"].user
    return {
        "paper": paper,
        "about": about,
        "station": station,
        "offered": user.is_authenticated and user.may(paper.right),
    }
