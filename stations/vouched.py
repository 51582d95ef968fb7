"""What the audit trail vouches for: stations with their history."""

from accounts.vouching import vouch_for
from stations.models import Station

vouch_for(Station, "changes")
