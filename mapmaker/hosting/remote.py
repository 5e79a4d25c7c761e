"""What the user calls a repository, or nothing -> where to push, how to get in, and the name to sign with."""

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
    url = _address(remote, place) or _named(remote or "origin", here, place)
    clean, user, password = _parted(url)
    local = _local_configuration(here) if here else []
    secrets = [password or user, *(value.rpartition(" ")[2] for key, value in local if key.endswith(".extraheader"))]
    variables = {}
    if user and password:
        local += [("credential.helper", ""), ("credential.helper", _HELPER)]
        variables = {"MAPMAKER_USER": user, "MAPMAKER_PASSWORD": password}
    elif user and clean.startswith("http"):
        local.append(("credential.username", user))
    own = here or Git(place)
    if not interactive and not own.text("config", "core.sshCommand"):
        local.append(("core.sshCommand", "ssh -o BatchMode=yes"))
    name, email = own.text("config", "user.name"), own.text("config", "user.email")
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
    if "://" in remote or _SCP.fullmatch(remote):
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


def _parted(url: str) -> tuple[str, str, str]:
    """Return an address without a secret, and the name and password that stood in it. PublishError if it is none."""
    if "://" not in url:
        return url, "", ""
    try:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise PublishError(
            "the repository's address cannot be read: write it as https://github.com/me/map.git"
        ) from None
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "ssh" and user:
        host = f"{parts.username}@{host}"
    return urlunsplit((parts.scheme, host, parts.path, "", "")), user, password


def _local_configuration(here: Git) -> list[tuple[str, str]]:
    """Return what the repository itself says of how to reach others: GitHub's Actions keep their token there."""
    code, told, _ = here.ask("config", "--null", "--show-scope", "--includes", "--get-regexp", _LOCAL)
    if code:
        return []
    fields = told.decode("utf-8", "replace").split("\0")
    found = []
    for scope, setting in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = setting.partition("\n")
        if scope in ("local", "worktree"):
            found.append((key, value))
    return found
