"""Serve the portal: database, static files, demonstration; then web, worker and beat together.

All three stop with Ctrl-C; when one of them dies, all stop and the exit code is not zero.
"""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from honcho.manager import Manager

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PORT = os.environ.get("PORT", "8000")
ADDRESS = f"http://127.0.0.1:{PORT}"
START_SECONDS = 60


def step(text, *command):
    """Say and run a command of manage.py; end with one clear line when it fails."""
    print(f"==> {text}", flush=True)
    if subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT).returncode:
        sys.exit(f"Stopped: {text} failed; the lines above say why.")


def check_port():
    """Refuse a port that is taken before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except OSError:
            sys.exit(f"Port {PORT} is taken. Choose another one:  PORT=8001 make run")


def announce():
    """Print the address and the sign-ins once the web server answers."""
    for _ in range(START_SECONDS * 2):
        time.sleep(0.5)
        try:
            with urllib.request.urlopen(f"{ADDRESS}/healthz", timeout=2):
                break
        except OSError:
            continue
    else:
        return
    print(f"\n  The portal is ready: {ADDRESS}\n", flush=True)
    subprocess.run([sys.executable, "manage.py", "demo", "--sign-ins"], cwd=ROOT)
    print("\n  Stop with Ctrl-C.\n", flush=True)


def main():
    check_port()
    step("bringing the database up to date", "migrate", "--verbosity", "0")
    step("collecting static files", "collectstatic", "--noinput", "--verbosity", "0")
    step("loading the demonstration into an empty database", "demo", "--if-empty")
    manager = Manager()
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    environment.setdefault("PORTAL_URL", ADDRESS)
    web = f"{BIN}/gunicorn config.wsgi --bind 127.0.0.1:{PORT} --workers 2 --threads 4 --timeout 60"
    # Two processes: a long report must not hold up the mails.
    worker = f"{BIN}/celery -q -A config worker --loglevel WARNING --concurrency 2"
    beat = f"{BIN}/celery -q -A config beat --loglevel WARNING --schedule var/beat-schedule"
    for name, command in (("web", web), ("worker", worker), ("beat", beat)):
        manager.add_process(name, command, cwd=str(ROOT), env=environment)
    threading.Thread(target=announce, daemon=True).start()
    manager.loop()
    sys.exit(manager.returncode)


if __name__ == "__main__":
    main()
