"""clusters.toml: what may stand in it, and every mistake with its line."""

from pathlib import Path

import pytest

from mapmaker.curation import read_curation
from mapmaker.errors import CurationError

GOOD = """\
others = "drop"

[cluster.lions]
name = "  Lions &\\n\\u0007 tigers 🦁 "
note = '''
From a circus.
[cluster.none]
'''
posters = [
  "a.jpg",  # the first
  "b.jpg",
  "a.jpg",
]
keep = true
pin = ["c.jpg"]
remove = ["d.jpg"]
merge = ["12"]

[cluster.12]
split = [["e.jpg"],
         ["f.jpg", "g.jpg"]]

[cluster.13]
split = 3

[cluster.14]
drop = true
"""


def read(folder: Path, text: str) -> tuple[Path, str]:
    """Write a file, and return what is said against it."""
    file = folder / "clusters.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CurationError) as raised:
        read_curation(file)
    said = str(raised.value)
    assert "\n" not in said
    assert said.startswith(f"{file}, line ")
    return file, said.removeprefix(f"{file}, line ")


def test_what_is_wanted_is_read_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "clusters.toml").write_text(GOOD, encoding="utf-8")
    curation = read_curation(tmp_path / "clusters.toml")
    lions, twelve, thirteen, fourteen = curation.tables
    assert curation.drop_others
    assert [table.line for table in curation.tables] == [3, 19, 23, 26]
    assert lions.name == "Lions & tigers 🦁"
    assert lions.note == "From a circus.\n[cluster.none]"
    assert [(word.text, word.line) for word in lions.posters] == [("a.jpg", 10), ("b.jpg", 11)]
    assert [(word.text, word.line) for word in (*lions.pin, *lions.remove, *lions.merge)] == [
        ("c.jpg", 15),
        ("d.jpg", 16),
        ("12", 17),
    ]
    assert lions.keep
    assert [[(word.text, word.line) for word in part] for part in twelve.parts] == [
        [("e.jpg", 20)],
        [("f.jpg", 21), ("g.jpg", 21)],
    ]
    assert twelve.part_slugs == ["12", "12-2"]
    assert thirteen.part_slugs == ["13", "13-2", "13-3"]
    assert fourteen.drop
    assert not fourteen.part_slugs


def test_tables_may_be_written_in_any_way_that_toml_has(tmp_path: Path) -> None:
    file = tmp_path / "clusters.toml"
    file.write_text('cluster = { 12 = { name = "A" }, "13" = {} }\n')
    assert [(table.slug, table.name, table.line) for table in read_curation(file).tables] == [
        ("12", "A", 1),
        ("13", "", 1),
    ]
    file.write_text('cluster.12.name = "A"\ncluster.13.note = "B"\n')
    assert [(table.slug, table.wants, table.line) for table in read_curation(file).tables] == [
        ("12", True, 1),
        ("13", True, 2),
    ]
    file.write_text("")
    assert not read_curation(file).tables


MISTAKES = [
    ("\nother = 1", "2: no key 'other': did you mean 'others'?"),
    ("\n\n[clusters.1]", "3: no key 'clusters': did you mean 'cluster'?"),
    ('others = "hide"', "1: others = 'hide' is not one of 'keep', 'drop'"),
    ("others = []", "1: others = [] is not one of 'keep', 'drop'"),
    ("cluster = 1", "1: cluster is no table of clusters; write [cluster.SLUG]"),
    ("\n[[cluster]]", "2: cluster is no table of clusters; write [cluster.SLUG]"),
    ("\n[cluster]\n12 = true", "3: cluster.12 is no table; write [cluster.12]"),
    ("[[cluster.12]]", "1: cluster.12 is no table; write [cluster.12]"),
    ("\n[cluster.Lions]", "2: 'Lions' is no slug, of a-z, 0-9 and -"),
    ('[cluster."a b"]', "1: 'a b' is no slug"),
    (f"[cluster.{'a' * 57}]", f"1: '{'a' * 57}' is no slug, of a-z, 0-9 and -, which is not the first, 56 at most"),
    (f"[cluster.{'a' * 500}]", f"1: '{'a' * 58}… is no slug"),
    ("[cluster.--json]", "1: '--json' is no slug"),
    ("[cluster.1]\nsplit = 5000000", "2: split = 5000000 is above 200 parts"),
    ("[cluster.1]\nsplit = 2\n[cluster.1-2]\nsplit = 2", "3: '1-2': a part of '1' is called so, see line 1; a part is"),
    ("[cluster.1]\nsplit = 2\n[cluster.1-2]\nkeep = true\nposters = ['a.jpg']", "3: '1-2': a part of '1' is called so"),
    ('[cluster.1]\n\nnames = "A"', "3: no key 'names': did you mean 'name'?"),
    ("[cluster.1]\nname = 5", "2: name = 5 is no text; write it in quotes"),
    ('[cluster.1]\nname = " "', "2: name is blank; say something, or take the line out"),
    ('[cluster.1]\nname = "\\u0001"', "2: name is blank"),
    ('[cluster.1]\nnote = ["A"]', "2: note = ['A'] is no text"),
    ('[cluster.1]\nkeep = "yes"', "2: keep = 'yes' is neither true nor false"),
    ("[cluster.1]\ndrop = 1", "2: drop = 1 is neither true nor false"),
    ('[cluster.1]\nposters = "a.jpg"', "2: posters = 'a.jpg' is no list; write it like posters = [\"a.jpg\"]"),
    ("[cluster.1]\npin = []", "2: pin is an empty list; name a poster, or take the line out"),
    ('[cluster.1]\nremove = [\n"a",\n7]', '4: 7 in remove is no text that names anything; write "7"'),
    ('[cluster.1]\nremove = [\n"a",\n" "]', "4: ' ' in remove is no text"),
    ('[cluster.1]\nmerge = "40"', "2: merge = '40' is no list; write it like merge = [\"40\"]"),
    ("[cluster.1]\nmerge = 40", '2: merge = 40 is no list; write it like merge = ["13"]'),
    ("[cluster.1]\nmerge = []", "2: merge is an empty list; name a cluster, or take the line out"),
    ("[cluster.1]\nmerge = [13]", '2: 13 in merge is no text that names anything; write "13"'),
    ('[cluster.1]\nmerge = [\n"2",\n"B"]', "4: 'B' is no slug"),
    ("[cluster.1]\nsplit = 1", "2: split = 1 is below 2 parts"),
    ("[cluster.1]\nsplit = true", "2: split = true is no list of lists; write a number, or lists like"),
    ('[cluster.1]\nsplit = ["a", "b"]', "2: split = ['a', 'b'] is no list of lists"),
    ('[cluster.1]\nsplit = [["a"]]', "2: split into 1 is none; write a number, or lists like"),
    ('[cluster.1]\nsplit = [["a"],\n[]]', "3: split is an empty list"),
    ('[cluster.1]\nsplit = [["a"],\n["b",\n2.5]]', "4: 2.5 in split is no text"),
    ("[cluster.1]\ndrop = true\nsplit = 2", "3: split of a cluster that is dropped; take out split, or drop"),
    ("[cluster.1]\nkeep = true\ndrop = true", "2: keep of a cluster that is dropped; take out keep, or drop"),
    ('[cluster.1]\ndrop = true\npin = ["a"]', "3: pin of a cluster that is dropped"),
    ('[cluster.1]\npin = ["a"]\nremove = ["b",\n"a"]', "4: 'a' is in pin, see line 2, and in remove; choose one"),
    ('[cluster.1]\n\nmerge = ["1"]', "3: '1' is to become part of itself"),
    (
        '[cluster.1]\nmerge = ["3"]\n[cluster.2]\nmerge = [\n"3"]',
        "5: '3' is to become part of '2' and, on line 2, of '1'; choose one",
    ),
    (
        '[cluster.1]\nmerge = ["2"]\n[cluster.2]\ndrop = true',
        "2: '2' is to become part of '1', and is dropped on line 3",
    ),
    (
        '[cluster.a]\nmerge = ["b"]\n[cluster.b]\nmerge = ["c"]\n[cluster.c]\nmerge = ["a"]',
        "2: merge goes in a circle, 'b' in 'a' in 'c' in 'b'; take one of them out",
    ),
    (
        '[cluster.d]\nmerge = ["x"]\n[cluster.x]\nmerge = ["y"]\n[cluster.y]\nmerge = ["z", "d"]',
        "2: merge goes in a circle, 'x' in 'd' in 'y' in 'x'",
    ),
    (
        '[cluster.1]\nsplit = 3\n[cluster.1-3]\nposters = ["a"]',
        "3: '1-3': a part of '1' is called so, see line 1; take out its posters, or call it otherwise",
    ),
    ("[cluster.1]\n[cluster.2]\n[cluster.1]", "3: no TOML: Cannot declare ('cluster', '1') twice"),
    ('[cluster.1]\nname = "A"\nname = "B"', "3: no TOML: Cannot overwrite a value"),
    ('[cluster.1]\nname = "A', "2: no TOML: "),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_every_mistake_is_one_line_that_says_where(tmp_path: Path, text: str, said: str) -> None:
    assert read(tmp_path, text)[1].startswith(said)


@pytest.mark.parametrize("text", [text for text, _ in MISTAKES if "twice" not in text])
def test_the_line_is_told_exactly_behind_whatever_stands_before(tmp_path: Path, text: str) -> None:
    """A table before it, with texts that look like tables, moves every mistake by just its lines."""
    _, said = read(tmp_path, text)
    before = "# [cluster.1]\n\n\n"
    _, moved = read(tmp_path, before + text)
    number, told = said.split(":", 1)
    assert moved.split(":", 1)[0] == str(int(number) + before.count("\n"))
    assert len(moved.split(":", 1)[1]) >= len(told)


def test_long_values_are_shown_in_part(tmp_path: Path) -> None:
    _, said = read(tmp_path, f'[cluster.1]\nkeep = "{"x" * 500}"')
    assert len(said) < 120
