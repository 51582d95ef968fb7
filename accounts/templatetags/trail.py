"""The audit trail in templates."""

from django import template

from accounts.telling import tell_on_page

register = template.Library()
register.filter("told_on_page", tell_on_page)
