"""Faults of pages, script and styles, by name, and how each is told."""

from mapmaker.checks import Kind

from .planting import TITLES, Faults, cut, in_body, in_head

PAGE_FAULTS: Faults = {
    "a page cut": (cut(TITLES), Kind.PAGE, TITLES, "is cut off"),
    "a page of bytes": (lambda copy: copy.write(TITLES, b"\xff\xfe"), Kind.PAGE, TITLES, "is not UTF-8"),
    "no page": (lambda copy: copy.remove("index.html"), Kind.MISSING, "index.html", "is neither there"),
    "no list": (lambda copy: copy.remove("list/index.html"), Kind.MISSING, "list/index.html", "is neither there"),
    "a link to nowhere": (
        in_body('<a href="gone.html">x</a>'),
        Kind.LINK,
        TITLES,
        "leads to 'gone.html', where nothing is",
    ),
    "a link to no poster": (
        in_body('<a href="../index.html#gone">x</a>'),
        Kind.LINK,
        TITLES,
        "leads to the poster 'gone', which is not on the map",
    ),
    "a link to no place": (in_body('<a href="../index.html#!/x">x</a>'), Kind.LINK, TITLES, "no place and no poster"),
    "a page that is no HTML": (in_body("<![<"), Kind.PAGE, TITLES, "cannot be read as HTML"),
    "a script before the policy": (
        lambda copy: copy.replace("index.html", "<head>", '<head><script src="assets/viewer.js"></script>'),
        Kind.PAGE,
        "index.html",
        "has a script or a style before its Content-Security-Policy",
    ),
    "a link to no anchor": (
        in_body('<a href="index.html#gone">x</a>'),
        Kind.LINK,
        TITLES,
        "leads to 'gone' on list/index.html, which has nothing of that name",
    ),
    "a link out of the folder": (in_body('<a href="../../x">x</a>'), Kind.OUTSIDE, TITLES, "out of the map's folder"),
    "a link from the root": (in_body('<a href="/x">x</a>'), Kind.OUTSIDE, TITLES, "out of the map's folder"),
    "a link to a stranger": (
        in_body('<a href="https://evil.example/">x</a>'),
        Kind.OUTSIDE,
        TITLES,
        "leads to 'https://evil.example/', outside of the map",
    ),
    "a link in capitals": (in_body('<A HREF="//evil.example">x</A>'), Kind.OUTSIDE, TITLES, "'//evil.example'"),
    "an outside picture": (in_body('<img src="https://x.example/a.png">'), Kind.OUTSIDE, TITLES, "loads 'https://x"),
    "an outside picture of a set": (
        in_body('<img srcset="titles-1.webp 1x, //x.example/a.png 2x">'),
        Kind.OUTSIDE,
        TITLES,
        "loads '//x.example/a.png'",
    ),
    "an outside style": (
        in_head('<link rel="stylesheet" href="https://x.example/a.css">'),
        Kind.OUTSIDE,
        TITLES,
        "loads 'https://x.example/a.css'",
    ),
    "an outside script": (
        in_head('<script src="https://x.example/a.js"></script>', "index.html"),
        Kind.OUTSIDE,
        "index.html",
        "loads 'https://x.example/a.js', outside of the map",
    ),
    "an outside frame": (in_body("<iframe src=//x.example></iframe>"), Kind.OUTSIDE, TITLES, "loads '//x.example'"),
    "an inline script": (in_body("<script>alert(1)</script>"), Kind.PAGE, TITLES, "has a script in it"),
    "a script in an attribute": (in_body('<p onclick="alert(1)">x</p>'), Kind.PAGE, TITLES, "attribute onclick of <p>"),
    "a page in an attribute": (
        in_body('<iframe srcdoc="&lt;script>">x</iframe>'),
        Kind.PAGE,
        TITLES,
        "attribute srcdoc",
    ),
    "a script in a link": (in_body('<a href="javascript:alert(1)">x</a>'), Kind.PAGE, TITLES, "has a script in it"),
    "a script in an odd link": (in_body("<a href='JavaScript:alert(1)'>x</a>"), Kind.PAGE, TITLES, "script in it"),
    "a page that turns away": (
        in_head('<meta http-equiv="refresh" content="0;https://x.example">'),
        Kind.PAGE,
        TITLES,
        "an element <meta> that leads elsewhere",
    ),
    "another base": (in_head('<base href="https://x.example/">'), Kind.PAGE, TITLES, "<base> that leads elsewhere"),
    "no policy": (
        lambda copy: copy.replace("index.html", "Content-Security-Policy", "X"),
        Kind.PAGE,
        "index.html",
        "has no Content-Security-Policy",
    ),
    "a weak policy": (
        lambda copy: copy.replace("index.html", "script-src 'self'", "script-src 'self' 'unsafe-inline'"),
        Kind.PAGE,
        "index.html",
        "allows script-src 'unsafe-inline'",
    ),
    "an open policy": (
        lambda copy: copy.replace("index.html", "default-src 'none'; ", ""),
        Kind.PAGE,
        "index.html",
        "does not begin with nothing",
    ),
    "another address": (
        lambda copy: copy.replace(TITLES, "https://me.example/", "https://you.example/"),
        Kind.OUTSIDE,
        TITLES,
        "tells of 'https://you.example/map/list/titles-1.html'",
    ),
    "a picture to tell of gone": (
        lambda copy: copy.remove("assets/overview.jpg"),
        Kind.LINK,
        "index.html",
        "leads to 'assets/overview.jpg', where nothing is",
    ),
    "a script gone": (
        lambda copy: copy.remove("assets/viewer.js"),
        Kind.LINK,
        "index.html",
        "leads to 'assets/viewer.js', where nothing is",
    ),
    "a style that imports": (
        lambda copy: copy.write("assets/list.css", b"@import 'https://x.example/a.css';"),
        Kind.OUTSIDE,
        "assets/list.css",
        "loads 'https://x.example/a.css'",
    ),
    "a style with a font": (
        lambda copy: copy.write("assets/list.css", b"a{src:url( //x.example/a.woff2 )}"),
        Kind.OUTSIDE,
        "assets/list.css",
        "loads '//x.example/a.woff2",
    ),
    "a style with a lost picture": (
        lambda copy: copy.write("assets/list.css", b"a{background:url(a.png)}"),
        Kind.LINK,
        "assets/list.css",
        "loads 'a.png', where nothing is",
    ),
    "a viewer that asks elsewhere": (
        lambda copy: copy.write("assets/viewer.js", b'fetch("https://x.example/a")'),
        Kind.OUTSIDE,
        "assets/viewer.js",
        "loads 'https://x.example/a'",
    ),
}
