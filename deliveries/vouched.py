"""What the audit trail vouches for: the mail ledger."""

from accounts.vouching import vouch_for
from deliveries.models import Delivery, QuietHours

vouch_for(Delivery, from_first_act=True)
vouch_for(QuietHours)
