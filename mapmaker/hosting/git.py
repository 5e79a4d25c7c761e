"""git, asked for one thing at a time: words in, what it says out, and a PublishError of one line where it fails.

It runs in a repository of our own. Of the user's environment all goes along that says how to reach others, nothing
that would lead it to the user's repository; and what is secret is in no word of a command, and in no message.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from mapmaker.errors import PublishError

_KEPT_OUT = re.compile(
    r"GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|"
    r"NAMESPACE|PREFIX|INTERNAL_SUPER_PREFIX|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|"
    r"QUARANTINE_PATH|LITERAL_PATHSPECS|CONFIG|DEFAULT_HASH|TRACE\w*|CURL_VERBOSE)"
)
"""`git rev-parse --local-env-vars` but for settings, which say how to reach others; and what tells secrets."""
_USER_INFORMATION = re.compile(r"(?<=://)[^/@\s'\"]*@")
_NOISE = re.compile(r"(?:error|fatal|hint|warning|remote): *")
_SAYS_NOTHING = re.compile(r"error: failed to push some refs|remote: *($|\w+ing (objects|deltas)|Total )")
_LONGEST = 300
_OLDEST = (2, 31)

_REASONS = {
    "does not let you in: log in first, with `gh auth login`, an SSH key or a credential helper of git": (
        "could not read Username|could not read Password|terminal prompts disabled|Authentication failed|"
        "Permission denied|Invalid username|Host key verification failed|returned error: 40[13]|Permission to .* denied"
    ),
    "cannot be reached: is the network there, and the address right?": (
        "Could not resolve host|Failed to connect|Couldn't connect|Network is unreachable|Connection timed out|"
        "Connection refused|No route to host|early EOF|unexpected disconnect|RPC failed"
    ),
    "is no repository that you can see: make it first, or mend its address": (
        "not found|does not appear to be a git repository|does not exist|No such file or directory"
    ),
}
"""What to make of what git says where others cannot be asked."""


@dataclass(frozen=True)
class Git:
    """git in the repository `folder`.

    `configuration` are settings beside the user's own, `variables` of the environment; `secrets` are taken out of what
    is told. `interactive`: whether somebody is there to be asked for a password.
    """

    folder: Path
    configuration: Sequence[tuple[str, str]] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    interactive: bool = False

    def ask(
        self, *words: str, given: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        """Return exit code, what is on stdout, and, without secrets, on stderr."""
        try:
            done = subprocess.run(
                [_program(), *words],
                cwd=self.folder,
                env=self._environment(variables or {}),
                input=given,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise PublishError(f"git cannot be run: {error.strerror or error}") from error
        return done.returncode, done.stdout, self.clean(done.stderr.decode("utf-8", "replace"))

    def run(self, *words: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
        """Return what it prints. PublishError if it fails."""
        code, said, complaint = self.ask(*words, given=given, variables=variables)
        if code:
            raise PublishError(f"git {words[0]} failed: {last_words(complaint)}; nothing was published")
        return said

    def text(self, *words: str) -> str:
        """Return the one line that it prints, "" if it fails."""
        code, said, _ = self.ask(*words)
        return said.decode("utf-8", "replace").strip() if code == 0 else ""

    def ensure_new_enough(self) -> None:
        """Raise PublishError for a git that takes no settings from its environment: passwords would stay there."""
        version = self.text("version")
        told = re.match(r"git version (\d+)\.(\d+)", version)
        if told and (int(told[1]), int(told[2])) < _OLDEST:
            raise PublishError(f"publishing on a branch needs git {'.'.join(map(str, _OLDEST))} or newer: {version}")

    @contextlib.contextmanager
    def started(self, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Start it, with pipes; it ends, at the latest, with the block."""
        pipe, environment = subprocess.PIPE, self._environment({})
        with subprocess.Popen(
            [_program(), *words], cwd=self.folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        ) as process:
            try:
                yield process
            finally:
                process.kill()
                with contextlib.suppress(OSError):  # what it was still to be told
                    process.stdin.close()  # type: ignore[union-attr]  # a pipe

    def clean(self, text: str) -> str:
        """Return `text` without what is secret: names and passwords in addresses, and whatever is known to be."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return _USER_INFORMATION.sub("", text)

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment that git runs in: settings go there, where no list of processes shows them."""
        own = {name: value for name, value in os.environ.items() if not _KEPT_OUT.fullmatch(name)}
        own |= {"LC_ALL": "C", "LANGUAGE": "", "GIT_OPTIONAL_LOCKS": "0", **self.variables, **variables}
        if not self.interactive:
            own |= {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never"}
            own.pop("SSH_ASKPASS", None)  # a window that nobody may be there to see
        count = own.get("GIT_CONFIG_COUNT") or "0"
        if not count.isdecimal():
            raise PublishError(f"GIT_CONFIG_COUNT is {count!r}, and git wants a number: take it out of the environment")
        first = int(count)
        for number, (key, value) in enumerate(self.configuration, first):
            own |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return {**own, "GIT_CONFIG_COUNT": str(first + len(self.configuration))}


def _program() -> str:
    program = shutil.which("git")
    if program is None:
        raise PublishError("publishing on a branch needs git, which is not installed: https://git-scm.com")
    return program


def reason(complaint: str) -> str:
    """Return why a repository could not be asked, from what git said of it."""
    told = next(
        (told for told, pattern in _REASONS.items() if re.search(pattern, complaint, re.IGNORECASE)), "cannot be asked"
    )
    return f"{told} (git says: {last_words(complaint)})"


def last_words(complaint: str) -> str:
    """Return the lines that say why, on one: what the other side says, then errors, or else the last."""
    lines = [line.strip() for line in complaint.replace("\r", "\n").splitlines() if line.strip()]
    lines = [line for line in lines if not _SAYS_NOTHING.match(line)]
    theirs = [line for line in lines if line.startswith("remote:")]
    errors = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR"))]
    chosen = [*theirs[:2], *errors[:2]] or lines[-1:]
    return "; ".join(_NOISE.sub("", line) for line in chosen)[:_LONGEST] or "nothing"


def lines_of(stream: IO[bytes]) -> Iterator[str]:
    """Yield the lines of what git tells of its progress, as they come; they end with carriage returns, too."""
    rest = b""
    while chunk := os.read(stream.fileno(), 4096):
        *whole, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    yield rest.decode("utf-8", "replace")
