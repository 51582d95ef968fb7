"""Downloads of evidence."""

from accounts import audit
from common.downloads import hand_out_row
from evaluations.models import Evidence
from evaluations.policies import check_can_read_evidence
from evaluations.views.scope import row_of


def evidence(request, pk):
    """The file, as a download that no browser runs."""
    row = row_of(request, Evidence.objects, pk)
    check_can_read_evidence(request.user, row)
    response = hand_out_row(row)
    audit.record_reading(by=request.user, act="evidence.downloaded", target=row, now=request.now)
    return response
