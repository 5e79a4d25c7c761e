"""The commands. The only room that prints, reads the environment, and chooses exit codes.

Exit codes: 0 done; 2 something of the user's is to be mended; 1 our failure, or a map that was checked is not whole;
130 interrupted.
"""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence

from mapmaker.cli.parser import make_parser
from mapmaker.cli.terminal import printable
from mapmaker.errors import InputError, MapmakerError

DONE, FAILURE, USER_ERROR, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parsed = make_parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start is silent unless asked for
    gc.set_threshold(20_000, 10, 10)  # nearly all that a build makes stays: no use in looking through it often
    command: Callable[[argparse.Namespace], bool | None] = parsed.command
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end is as good as Ctrl-C
    try:
        code = FAILURE if command(parsed) is False else DONE
        sys.stdout.flush()
        gc.freeze()  # the process ends: to look for garbage once more, where a network was loaded, takes a second
        return code
    except InputError as error:
        return _fail(str(error), USER_ERROR)
    except MapmakerError as error:
        return _fail(str(error), FAILURE)
    except KeyboardInterrupt:
        kept = "what is done is kept, and the next run goes on from there"
        return _fail(f"interrupted; {getattr(parsed, 'interrupted', kept)}", INTERRUPTED)
    except BrokenPipeError:  # whoever read what is printed, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor fails the flush at the end
        return DONE
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or 'no file named'}", FAILURE)


def _fail(message: str, code: int) -> int:
    print(f"mapmaker: {printable(message)}", file=sys.stderr)
    return code
