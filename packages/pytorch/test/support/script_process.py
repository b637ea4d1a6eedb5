"""Runs Python programs for script-process.ts, a line of JSON each: every one in a fork that has torch loaded."""

import json
import os
import runpy
import sys
import traceback

import torch  # noqa: F401 (forks find it loaded)


def run(argv):
    if argv[0] == "-c":
        sys.argv = ["-c", *argv[2:]]
        exec(compile(argv[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = argv
        runpy.run_path(argv[0], run_name="__main__")


def status_of(argv):
    """The status with which Python ends, and what it says then."""
    try:
        run(argv)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


for line in sys.stdin:
    request = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(request["cwd"])
        sys.path[0] = request["cwd"]
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        status = status_of(request["argv"])
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    _, ended = os.waitpid(child, 0)
    print(json.dumps({"status": os.waitstatus_to_exitcode(ended)}), flush=True)
