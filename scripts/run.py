"""Serve the portal: database, static files, demonstration; then web, worker and beat together.

All three stop with Ctrl-C; when one of them ends by itself, all stop and the exit code is not zero.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PORT = os.environ.get("PORT", "8000")
ADDRESS = f"http://127.0.0.1:{PORT}"
# A worker that is told to stop finishes its task; after this long it is killed.
STOP_SECONDS = 30

COMMANDS = {
    "web": f"gunicorn config.wsgi --bind 127.0.0.1:{PORT} --workers 2 --threads 4 --timeout 60"
    " --no-control-socket --log-level warning",
    # Two processes: a long report must not hold up the mails.
    "worker": "celery -q -A config worker --loglevel WARNING --concurrency 2",
    "beat": "celery -q -A config beat --loglevel WARNING --schedule var/beat-schedule",
}


class Stop(Exception):
    """Somebody asked for the end: Ctrl-C, SIGTERM, or the terminal is gone."""


def stop(signum, frame):
    raise Stop


def say(text):
    print(text, flush=True)


def step(text, *command):
    """Say and run a command of manage.py; end with one clear line when it fails."""
    say(f"==> {text}")
    if subprocess.run([sys.executable, "manage.py", *command]).returncode:
        sys.exit(f"Stopped: {text} failed; the lines above say why.")


def check_port():
    """Refuse a port that is taken before anything is started."""
    if not PORT.isdecimal() or not 0 < int(PORT) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {PORT!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except PermissionError:
            sys.exit(f"Port {PORT} is not allowed here. Choose another one:  make run PORT=8001")
        except OSError:
            sys.exit(f"Port {PORT} is taken. Choose another one:  make run PORT=8001")


def start(command):
    """A process in a session of its own: Ctrl-C reaches it only through `stop_all`."""
    program, *arguments = command.split()
    environment = {"PORTAL_URL": ADDRESS} | os.environ
    return subprocess.Popen([BIN / program, *arguments], env=environment, start_new_session=True)


def answers():
    try:
        with urllib.request.urlopen(f"{ADDRESS}/healthz", timeout=2):  # nosec B310
            return True
    except OSError:
        return False


def watch(processes):
    """Announce the portal once it answers; return the name of the first process that ends."""
    announced = False
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                return name
        if not announced and answers():
            announced = True
            say(f"\n  The portal is ready: {ADDRESS}\n")
            subprocess.run([sys.executable, "manage.py", "demo", "--sign-ins"])
            say("\n  Stop with Ctrl-C.\n")
        time.sleep(0.5)


def stop_all(processes):
    """Ask all to stop, wait, then kill what is left with all its children."""
    for process in processes.values():
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    try:
        for process in processes.values():
            process.wait(max(0, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, Stop):  # a second Ctrl-C waits no longer
        say("==> killing what has not stopped")
    for process in processes.values():
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def serve():
    """Run the three until one ends or somebody stops them; the exit code."""
    processes, ended = {}, None
    try:
        for name, command in COMMANDS.items():
            processes[name] = start(command)
        ended = watch(processes)
    except Stop:
        say("\n==> stopping web, worker and beat")
    code = processes[ended].returncode if ended else None
    stop_all(processes)
    if ended:
        say(f"Stopped: {ended} ended by itself (exit code {code}); the lines above say why.")
        return 1
    say("Stopped.")
    return 0


def main():
    os.chdir(ROOT)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    check_port()
    try:
        step("bringing the database up to date", "migrate", "--verbosity", "0")
        step("collecting static files", "collectstatic", "--noinput", "--verbosity", "0")
        step("loading the demonstration into an empty database", "demo", "--if-empty")
    except Stop:
        sys.exit("Stopped before the portal was up; the next start goes on from here.")
    sys.exit(serve())


if __name__ == "__main__":
    main()
