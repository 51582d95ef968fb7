"""The negative control of the outbox: mails as plain Celery tasks, nothing written down."""

import os
import smtplib
import time
from email.message import EmailMessage

from celery import Celery

# For so many seconds a task has taken its message off the queue and not sent it.
IN_HAND = 0.5
app = Celery(
    "plain_mail",
    broker=os.environ.get("REDIS_URL", "memory://"),
    set_as_current=False,
)
app.conf.broker_connection_retry_on_startup = True
# What a dead worker had fetched comes back soon, so that nothing is lost only for being late; also
# when it died as it was giving back what others had fetched, and holds that lock, by default for
# five minutes.
app.conf.broker_transport_options = {"visibility_timeout": 2, "unacked_mutex_expire": 2}


@app.task
def send(message_id):
    """Write one message and hand it over."""
    message = EmailMessage()
    message["From"], message["To"] = "portal@example.com", "person@example.com"
    message["Message-ID"] = message_id
    message.set_content("text")
    with smtplib.SMTP("127.0.0.1", int(os.environ["SINK_PORT"])) as server:
        time.sleep(IN_HAND)
        server.send_message(message)
