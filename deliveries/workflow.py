"""The states of a delivery."""

from accounts.workflow import Machine, Move
from deliveries.models import DeliveryState as S

DELIVERY = Machine(
    "delivery",
    (
        Move("claimed", (S.PLANNED,), S.SENDING),
        Move("sent", (S.SENDING,), S.SENT),
        Move("postponed", (S.SENDING,), S.PLANNED),
        Move("failed", (S.SENDING,), S.FAILED),
        Move("renewed", (S.PLANNED,), S.PLANNED),
        Move("dropped", (S.PLANNED, S.FAILED), S.DROPPED),
        Move("undecided", (S.SENDING,), S.UNSURE),
        Move("bounced", (S.SENT,), S.BOUNCED),
        Move("confirmed", (S.UNSURE,), S.SENT),
        Move("resent", (S.UNSURE, S.FAILED, S.BOUNCED), S.PLANNED),
    ),
)
