"""Downloads of evidence."""

from accounts import audit
from common import clock
from common.downloads import hand_out_row
from evaluations.models import Evidence
from evaluations.policies import check_can_read_evidence
from evaluations.views.scope import row_of


def evidence(request, pk):
    """The file, as a download that no browser runs."""
    row = row_of(request, Evidence.objects, pk)
    check_can_read_evidence(request.user, row)
    response = hand_out_row(row)
    # Written last: a file that the store has lost was not handed out. Pages show pictures of
    # evidence in place, so one event tells of all the reading of one person on one day.
    today = clock.start_of(clock.today(request.now))
    told = audit.story_of(row).filter(act="evidence.downloaded", user=request.user, at__gte=today)
    if not told.exists():
        audit.record(by=request.user, act="evidence.downloaded", target=row, now=request.now)
    return response
