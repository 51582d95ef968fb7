"""The charts in templates."""

from django import template

from common.charts.progress import progress_bar

register = template.Library()
register.simple_tag(progress_bar)
