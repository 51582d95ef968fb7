"""Refusals with a reason. `RefusalMiddleware` turns them into pages; services only raise them.

Outside the scope of the person: `Http404`, so that nothing is learnt. Inside it without the right:
`Denied` (403). Wrong moment, by phase or state, or a lost race: `WrongMoment` (409).
"""


class Refusal(Exception):
    """A refusal with a reason that the person can read (translated by the raiser)."""

    status = 400

    def __init__(self, reason):
        super().__init__(str(reason))
        self.reason = reason


class Denied(Refusal):
    """The person may not do this."""

    status = 403


class WrongMoment(Refusal):
    """The act is not possible now: the phase, the state or somebody faster stands against it."""

    status = 409


class Incomplete(Refusal):
    """What was handed over lacks something; the reason says what."""

    status = 409


class TooMany(Refusal):
    """Too often in a short time; `wait` is how many seconds to wait."""

    status = 429

    def __init__(self, reason, *, wait: int):
        super().__init__(reason)
        self.wait = wait


def allowed(check, *args, **kwargs) -> bool:
    """True when `check(...)` raises no refusal: for the button beside the endpoint."""
    try:
        check(*args, **kwargs)
    except Refusal:
        return False
    return True
