"""Content in pairs: `name_zh` and `name_en` behind one `name`."""

from django.utils import translation
from django.utils.functional import lazy


def is_chinese() -> bool:
    """True when the page is being written in Chinese."""
    return (translation.get_language() or "zh-hans").startswith("zh")


def localised(row, field: str) -> str:
    """`row.<field>_zh` or `_en` by the language in force; the other one where that is empty."""
    zh, en = getattr(row, f"{field}_zh"), getattr(row, f"{field}_en")
    return (zh or en) if is_chinese() else (en or zh)


# The same, decided when it is read: for the headings and choices of workbooks, known in both.
localised_lazy = lazy(localised, str)
