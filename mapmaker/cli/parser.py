"""The command line -> what was asked for: arguments, their help, and the command to run."""

import argparse
from pathlib import Path
from typing import Any

from mapmaker import __version__
from mapmaker.cli import clusters, commands, evaluating, exports, fetching, learning, recommending, searching, serving
from mapmaker.cli.arguments import add_map, add_port, add_running

LOOPBACK = "127.0.0.1"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; what it parses has the function to call in `command`."""
    parser = argparse.ArgumentParser(
        prog="mapmaker", description="A folder of posters goes in, a static map of them comes out."
    )
    parser.add_argument("--version", action="version", version=f"mapmaker {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_build(subparsers)
    _add_status(subparsers)
    fetching.add_fetch(subparsers)
    _add_demo(subparsers)
    _add_serve(subparsers)
    _add_check(subparsers)
    exports.add_export(subparsers)
    clusters.add_clusters(subparsers)
    searching.add_similar(subparsers)
    searching.add_mix(subparsers)
    recommending.add_recommend(subparsers)
    learning.add_train(subparsers)
    evaluating.add_evaluate(subparsers)
    evaluating.add_classify(subparsers)
    evaluating.add_plot(subparsers)
    return parser


def _add_build(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "build",
        help="make a map of a folder of images",
        description="Make a map of a folder of images. What has not changed since the last build is not done again.",
    )
    parser.set_defaults(command=commands.build)
    _add_order(parser)


def _add_status(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "status",
        help="tell what a build would do, and why",
        description="Tell what a build with the same arguments would do, why, and about how long it would take. "
        "Nothing is done, and nothing changed.",
    )
    parser.set_defaults(command=commands.status)
    _add_order(parser)


def _add_order(parser: Any) -> None:
    """Add what a build is told."""
    parser.add_argument("images", metavar="IMAGES", type=Path, help="folder of images; folders in it count too")
    parser.add_argument(
        "--metadata", metavar="FILE", type=Path, help="CSV, TSV, JSON lines or Parquet with a column 'filename'"
    )
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("map"), help="the map (default: map)")
    parser.add_argument(
        "--work",
        metavar="FOLDER",
        type=Path,
        help="work folder (default: .mapmaker/NAME OF THE MAP)",
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="options as TOML, a table a stage")
    parser.add_argument(
        "--fresh", action="store_true", help="lay all posters out anew; else old ones keep their places"
    )
    _add_engine(parser)
    _add_stages(parser)
    add_running(parser, "the report")


def _add_engine(parser: Any) -> None:
    engine = parser.add_argument_group("where features are computed", "docs/scale.md tells what that takes")
    engine.add_argument("--engine", metavar="NAME", help="local (default), this machine; ray, a cluster")
    engine.add_argument("--cluster", metavar="HOST:PORT", help="head of the Ray cluster (default: this machine alone)")
    engine.add_argument(
        "--ship", action="store_const", const=True, help="send the files to machines that do not see the folder"
    )


def _add_stages(parser: Any) -> None:
    stages = parser.add_argument_group("options of stages", "the most used; docs/options.md lists all")
    stages.add_argument(
        "--extractor",
        metavar="NAME",
        help="inception_v3 (default), vgg16, vgg19, resnet50, nasnet_large, model, blend, classic, "
        "or package.module:Class",
    )
    stages.add_argument(
        "--weights",
        metavar="FILE",
        type=Path,
        help="weights of the extractor's network, if they cannot be downloaded",
    )
    stages.add_argument(
        "--precision",
        metavar="NAME",
        help="of the network: auto (default), float32, bfloat16 or float16",
    )
    stages.add_argument("--model", metavar="FILE.keras", type=Path, help="the network, with --extractor model")
    stages.add_argument(
        "--frozen", metavar="FILE.keras", type=Path, help="a second network, mixed into --model: what that began with"
    )
    stages.add_argument("--blend", metavar="SHARE", help="of --model in that mix, 0 to 1 (default: 0.5)")
    stages.add_argument("--features", metavar="FILE", type=Path, help="features from elsewhere, .npy or .npz")
    stages.add_argument("--layout", metavar="NAME", help="tsne (default), umap or pca")
    stages.add_argument("--seed", metavar="N", type=int, help="of the layout (default: 0)")
    stages.add_argument("--columns", metavar="N", type=int, help="cells across (default: what suits a screen)")
    stages.add_argument("--rows", metavar="N", type=int, help="cells down")
    stages.add_argument("--solver", metavar="NAME", help="sparse (default), lapjv or scipy")
    stages.add_argument("--poster-size", metavar="PIXELS", type=int, help="width of a poster at the deepest zoom")
    stages.add_argument("--format", metavar="NAME", help="of the tiles: webp (default), avif or jpeg")
    stages.add_argument(
        "--host",
        metavar="NAME",
        help="where the map is to go: posters as large as github-pages, cloudflare-pages or s3 take",
    )
    stages.add_argument("--max-bytes", metavar="SIZE", help="of the whole site, such as 800MB (default: the host's)")
    stages.add_argument("--max-files", metavar="N", type=int, help="of the whole site (default: the host's)")
    _add_about(stages)
    stages.add_argument(
        "--set",
        metavar="STAGE.OPTION=VALUE",
        action="append",
        default=[],
        help="any option of any stage",
    )


def _add_about(stages: Any) -> None:
    stages.add_argument("--title", metavar="TEXT", help="of the map (default: the folder's name)")
    stages.add_argument("--description", metavar="TEXT", help="of the map, in a sentence (default: how many posters)")
    stages.add_argument("--author", metavar="TEXT", help="who made the map")
    stages.add_argument("--credits", metavar="TEXT", help="whose the posters are, where they are from")
    stages.add_argument("--licence", metavar="TEXT", help="what others may do with the map")
    stages.add_argument("--contact", metavar="TEXT", help="where to write to have a poster taken down")
    stages.add_argument("--noindex", action="store_const", const=True, help="ask search engines to leave the map out")
    stages.add_argument(
        "--address", metavar="URL", help="where the map will be, for links to it: https://me.github.io/map/"
    )


def _add_demo(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="draw sample posters and make a map of them",
        description="Draw sample posters for films that were never made, and make a map of them.",
    )
    parser.set_defaults(command=commands.demo, bind=LOOPBACK)
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        nargs="?",
        default=Path("demo"),
        help="(default: demo)",
    )
    parser.add_argument("--count", metavar="N", type=int, default=420, help="how many posters (default: 420)")
    parser.add_argument("--extractor", metavar="NAME", help="inception_v3, or classic where that cannot be had")
    parser.add_argument("--serve", action="store_true", help="serve the map and print its address")
    add_port(parser)
    add_running(parser, "the report")


def _add_serve(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "serve",
        help="serve a map on this machine",
        description="Serve a map to browsers of this machine, until Ctrl-C. Publishing needs no server. With --search, "
        "also a page and an API that tell what is like what: docs/serving.md.",
    )
    parser.set_defaults(command=serving.serve)
    add_map(parser)
    add_port(parser)
    parser.add_argument(
        "--bind",
        metavar="ADDRESS",
        default=LOOPBACK,
        help=f"(default: {LOOPBACK}, this machine alone; 0.0.0.0 is every machine that can reach it)",
    )
    serving.add_search(parser)


def _add_check(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "check",
        help="tell whether a map is whole",
        description="Tell whether a map is whole: every file there and as it was built, every tile and link in place. "
        "The exit code is 0 if it is, 1 if it is not, 2 if there is no map.",
    )
    parser.set_defaults(command=commands.check)
    add_map(parser)
    parser.add_argument(
        "--host", metavar="NAME", default="", help="hold it against what github-pages, cloudflare-pages or s3 take, too"
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
