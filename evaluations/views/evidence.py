"""Downloads of evidence."""

from evaluations.models import Evidence
from evaluations.policies import check_can_read_evidence
from evaluations.views.downloads import download
from evaluations.views.scope import row_of


def evidence(request, pk):
    """The file, as a download that no browser runs."""
    row = row_of(request, Evidence.objects, pk)
    check_can_read_evidence(request.user, row)
    return download(row)
