"""What the user calls a repository, or nothing -> where to push, how to get in, and the name to sign with."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from mapmaker.errors import PublishError
from mapmaker.hosting.git import Git

_SCP = re.compile(r"(?:[^/@:]+@)?[^/:@]{2,}:(?!//).+")
"""git's short way of writing ssh: me@host:map.git. One letter is a drive of Windows."""
_LOCAL = r"^(http|https|credential|core\.sshcommand|core\.askpass|ssh|protocol)\."
_HELPER = '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$MAPMAKER_USER" "$MAPMAKER_PASSWORD"; }; f'
"""A credential helper that gives what stood in the address: so git never has an address with a password."""
_ALIASES = r"^url\..*\.(push)?insteadof$"
_HIDDEN = re.compile(r":.*@")
"""What a password that is in the wrong place looks like: an address with it is in no message."""
_UNREADABLE = "the repository's address cannot be read: write it as https://github.com/me/map.git"
_SHORTEST = 4
"""Letters below which a word may be in any text; git itself tells none, as it has no address with a password."""
_NOBODY = ("mapmaker", "mapmaker@localhost")


@dataclass(frozen=True)
class Remote:
    """A repository to push to. `url` holds no secret; `git` has all that it takes to get in, to be used elsewhere."""

    url: str
    git: Git
    author: tuple[str, str]
    is_named: bool
    """Whether git knows who the user is: else `author` is nobody."""


def find_remote(remote: str, place: Path, folder: Path, interactive: bool = False) -> Remote:
    """Return the repository `remote`: an address, or the name of a remote of the repository around `place`.

    "" is "origin". Where `place` is in no repository, that around the map's `folder` is meant. PublishError if there is
    none.
    """
    here = next((git for git in (Git(place), Git(folder)) if _is_repository(git)), None)
    own = here or Git(place)
    address = _address(remote, place)
    url = _expanded(address, own) if address else _named(remote or "origin", here, place)
    clean, user, password = _parted(url)
    local = _local_configuration(here) if here else []
    secrets = [password or user, *(value.rpartition(" ")[2] for key, value in local if key.endswith(".extraheader"))]
    variables = {}
    if user and clean.startswith("http"):
        # For this host alone: another one, to which it redirects, and a proxy, get nothing.
        host = "credential.{0.scheme}://{0.netloc}".format(urlsplit(clean))
        if password is None:
            local.append((f"{host}.username", user))
        else:
            local += [(f"{host}.helper", ""), (f"{host}.helper", _HELPER)]
            variables = {"MAPMAKER_USER": user, "MAPMAKER_PASSWORD": password}
    if not interactive and "GIT_SSH" not in os.environ and not own.text("config", "core.sshCommand"):
        local.append(("core.sshCommand", "ssh -o BatchMode=yes"))
    name = os.environ.get("GIT_AUTHOR_NAME") or own.text("config", "user.name")
    email = os.environ.get("GIT_AUTHOR_EMAIL") or own.text("config", "user.email")
    is_named = bool(name and email)
    git = Git(folder, local, variables, [secret for secret in secrets if len(secret) >= _SHORTEST], interactive)
    return Remote(clean, git, (name, email) if is_named else _NOBODY, is_named)


def _is_repository(git: Git) -> bool:
    """Return whether git is in a repository. PublishError if it is in one that git does not trust."""
    code, _, complaint = git.ask("rev-parse", "--git-dir")
    if "dubious ownership" in complaint:
        raise PublishError(
            f"git does not trust {git.folder.resolve()}, which is another user's: see git help config, safe.directory"
        )
    return code == 0


def _address(remote: str, place: Path) -> str:
    """Return `remote` if it is an address or a folder, made whole; "" if it is a name."""
    if "://" in remote:
        return remote
    if _HIDDEN.search(remote) and not (place / remote).exists():
        raise PublishError(_UNREADABLE)
    if _SCP.fullmatch(remote):
        return remote
    is_folder = remote and ("/" in remote or "\\" in remote or (place / remote).is_dir())
    return str((place / Path(remote).expanduser()).resolve()) if is_folder else ""


def _named(name: str, here: Git | None, place: Path) -> str:
    """Return the address of a remote of the repository `here`."""
    example = "give an address with --remote, such as https://github.com/me/map.git"
    if here is None:
        raise PublishError(f"{place.resolve()} is in no git repository: {example}")
    # `get-url` goes by insteadOf and pushInsteadOf; of several addresses the first is taken.
    url = "" if name.startswith("-") else here.text("remote", "get-url", "--push", name).partition("\n")[0]
    top = here.text("rev-parse", "--show-toplevel") or here.text("rev-parse", "--absolute-git-dir")
    if not url:
        raise PublishError(f"the git repository {top} has no remote {name!r}: {example}")
    return url if "://" in url or _SCP.fullmatch(url) else str((Path(top) / url).resolve())


def _expanded(url: str, git: Git) -> str:
    """Return an address as git's settings pushInsteadOf and insteadOf rewrite it, which may bring a password in."""
    _, told, _ = git.ask("config", "--null", "--get-regexp", _ALIASES)
    aliases = [setting.partition("\n")[::2] for setting in told.decode("utf-8", "replace").split("\0")]
    for kind in (".pushinsteadof", ".insteadof"):
        fitting = [(key, begin) for key, begin in aliases if key.endswith(kind) and url.startswith(begin)]
        if fitting:
            key, begin = max(fitting, key=lambda alias: len(alias[1]))
            return key.removeprefix("url.").removesuffix(kind) + url.removeprefix(begin)
    return url


def _parted(url: str) -> tuple[str, str, str | None]:
    """Return an address without a secret, and the name and password, which may be "", that stood in it.

    PublishError if it is none, or holds more than that, such as a token behind a question mark.
    """
    if "://" not in url or url.startswith("file://"):
        if "://" not in url and _HIDDEN.search(url) and not Path(url).exists():
            raise PublishError(_UNREADABLE)
        return url, "", None
    try:
        parts = urlsplit(url)
        whole = parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole or "?" in url or "#" in url:
        raise PublishError(f"{_UNREADABLE}, with nothing behind the path")
    host = parts.netloc.rpartition("@")[2]
    if _HIDDEN.search(host + parts.path):
        raise PublishError(_UNREADABLE)
    if parts.username and "ssh" in parts.scheme:
        host = f"{parts.username}@{host}"
    password = None if parts.password is None else unquote(parts.password)
    return urlunsplit((parts.scheme, host, parts.path, "", "")), unquote(parts.username or ""), password


def _local_configuration(here: Git) -> list[tuple[str, str]]:
    """Return what the repository itself says of how to reach others: GitHub's Actions keep their token there."""
    code, told, _ = here.ask("config", "--null", "--show-scope", "--includes", "--get-regexp", _LOCAL)
    if code:
        return []
    fields = told.decode("utf-8", "replace").split("\0")
    found = []
    for scope, setting in zip(fields[::2], fields[1::2], strict=False):
        key, newline, value = setting.partition("\n")
        if scope in ("local", "worktree"):
            found.append((key, value if newline else "true"))  # as git means a setting without a value
    return found
