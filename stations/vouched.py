"""What the audit trail vouches for: divisions, and stations with their history."""

from accounts.vouching import vouch_for
from stations.models import Region, Station

vouch_for(Region)
vouch_for(Station, "changes")
