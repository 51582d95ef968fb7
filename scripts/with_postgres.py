"""Run a command with a PostgreSQL server of its own: with_postgres.py COMMAND [ARG …]

The server lives in a temporary folder, in memory where there is room, on a free port of the
loopback address, and is gone afterwards. DATABASE_URL names it. Exit code 77: no PostgreSQL found.
"""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

NOT_FOUND = 77
# Durability off: this server holds tests only.
OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
# Emptying a hundred tables after a test makes hundreds of files: several times faster in memory.
MEMORY = Path("/dev/shm")  # nosec B108 - mkdtemp makes a folder of its own in it
ENOUGH = 4 * 2**30


def find_server_programs():
    """The folder that holds initdb, postgres and pg_ctl; None where there is none."""
    candidates = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(str(Path(on_path).parent))
    for folder in map(Path, candidates):
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_ctl")):
            return folder
    return None


def other_user():
    """The server refuses to run as root: the user that it runs as instead."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return sys.exit("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fast_place():
    """Where the server's folder goes: into memory where there is enough; None: the usual place."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        return MEMORY
    return None


def run_with_server(programs, folder, identity):
    """Start the server, run the command, stop the server; the command's exit code."""
    data, port = folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, **identity}
    make = ["-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([programs / "initdb", *make], check=True, **quiet)
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    options = f"-p {port} -k {folder} {OPTIONS}"
    subprocess.run([*control, "-o", options, "start"], check=True, **quiet)
    try:
        address = f"postgres://portal@127.0.0.1:{port}/postgres"
        environment = os.environ | {"DATABASE_URL": address}
        return subprocess.run(sys.argv[1:], env=environment).returncode
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


def main():
    programs = find_server_programs()
    if programs is None:
        sys.exit(NOT_FOUND)
    user = other_user()
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-", dir=fast_place()))
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        sys.exit(run_with_server(programs, folder, identity))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
