"""Downloads of evidence."""

from common.downloads import hand_out_row
from evaluations.models import Evidence
from evaluations.policies import check_can_read_evidence
from evaluations.views.scope import row_of


def evidence(request, pk):
    """The file, as a download that no browser runs."""
    row = row_of(request, Evidence.objects, pk)
    check_can_read_evidence(request.user, row)
    return hand_out_row(row)
