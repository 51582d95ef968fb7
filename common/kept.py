"""Look-ups that the pages for everybody repeat: each process keeps an answer for a few seconds.

For what changes rarely and decides nothing: whatever a service decides, it reads anew. `settings.
LOOKUPS_KEPT` says for how many seconds; 0 turns it off. The answers are shared by threads, so no
caller may change them.
"""

import time
from functools import wraps

from django.conf import settings

MOST = 5_000


def kept(function):
    """Decorator of a look-up by one hashable argument. "Nothing" (None) is not kept, so that
    addresses by guess fill no memory."""
    answers: dict = {}

    @wraps(function)
    def look_up(key):
        if not settings.LOOKUPS_KEPT:
            return function(key)
        moment = time.monotonic()
        answer, until = answers.get(key, (None, 0))
        if moment < until:
            return answer
        answer = function(key)
        if answer is not None:
            if len(answers) >= MOST:
                answers.clear()
            answers[key] = answer, moment + settings.LOOKUPS_KEPT
        return answer

    return look_up
