"""Scores architectures from Python: one `tenas score --stdin` that stays open. Standard library only."""

import json
import subprocess
import threading


class TenasError(Exception):
    """An architecture that could not be scored; `code`, `field` and `value` as in the command's JSON."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code, self.field, self.value = error["code"], error.get("field"), error.get("value")


class Tenas:
    """
    with Tenas("--metrics", "naswot,params") as tenas:
        print(tenas.score("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"))

    Arguments are flags of `tenas score`. Networks are compiled once, so that a score takes milliseconds.
    """

    def __init__(self, *flags, command=("npx", "tenas")):
        self._process = subprocess.Popen(
            [*command, "score", "--stdin", *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )
        self._asked = 0
        self._writing = threading.Lock()

    def documents(self, architectures):
        """Yields the document of each architecture in turn, a score or {"error": ...}."""
        requests = {self._asked + place: text for place, text in enumerate(architectures)}
        self._asked += len(requests)
        # Requests are written beside the reading of answers: neither pipe can fill up.
        writer = threading.Thread(target=self._write, args=(requests,), daemon=True)
        writer.start()
        for number in requests:
            document = {}
            while document.get("id") != number:  # Answers that an earlier caller left unread are passed over.
                line = self._process.stdout.readline()
                if not line:
                    raise RuntimeError(f"tenas ended with exit code {self._process.wait()}")
                document = json.loads(line)
            yield document
        writer.join()

    def score(self, architecture):
        """{"naswot": 61.2, "params": 344346}, a metric without a value as None. Raises TenasError."""
        (document,) = self.documents([architecture])
        if "error" in document:
            raise TenasError(document["error"])
        return {name: score["value"] for name, score in document["scores"].items()}

    def _write(self, requests):
        try:
            with self._writing:
                for number, architecture in requests.items():
                    self._process.stdin.write(json.dumps({"architecture": architecture, "id": number}) + "\n")
                self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # The reader sees that the process has ended.

    def close(self):
        """Ends the process. Returns its exit code: 1 if some architecture could not be scored."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.stdout.close()
        return self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
