"""A family and a number -> the title, tags and people of a poster, all invented.

In every family any opening goes with any ending. The lists' lengths have no common divisor, so
going down both at once and starting over at each end meets every pair before one repeats; then come
the sequels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType


@dataclass(frozen=True)
class Words:
    """What the titles of one family are made of, and the tags that suit it."""

    openings: tuple[str, ...]
    endings: tuple[str, ...]
    tags: tuple[str, ...]

    def title(self, number: int, rng: Random) -> str:
        """Return title `number` in the order that `rng`, the same for a whole family, shuffles."""
        openings = rng.sample(self.openings, len(self.openings))
        endings = rng.sample(self.endings, len(self.endings))
        pairs = len(openings) * len(endings)
        name = f"{openings[number % len(openings)]} {endings[number % len(endings)]}"
        return name if number < pairs else f"{name} {_roman(number // pairs + 1)}"


def _words(openings: str, endings: str, tags: str) -> Words:
    return Words(_listed(openings), _listed(endings), _listed(tags))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "eye": _words(
            "The Patient|A Second|The Glass|Her Silent|One Honest|The Borrowed|The Crimson|A Painted|The Sleepless",
            "Witness|Gaze|Watcher|Glance|Onlooker|Stare|Observer|Eye",
            "Thriller|Mystery|Horror|Science Fiction",
        ),
        "horizon": _words(
            "The Quiet|Beyond the|A Distant|The Salt|Under the|The Amber|Across the|The Unwritten|Before the",
            "Horizon|Plain|Shore|Meridian|Steppe|Latitude|Dunes|Expanse",
            "Adventure|Drama|Western|Science Fiction",
        ),
        "legs": _words(
            "Showdown on|The Last Tram on|The Stranger of|Heat on|Seven Steps to|"
            "No Parking on|High Noon on|Waiting on|A Duel on",
            "Mercer Street|Canal Street|Ninth Avenue|Orchard Row|Harbour Lane|Ferry Road|Copper Alley|Juniper Street",
            "Crime|Western|Action|Comedy",
        ),
        "two tones": _words(
            "Maximum|Terminal|Double|Zero|Critical|Final|Rapid|Absolute|Midnight",
            "Velocity|Impact|Pursuit|Voltage|Reckoning|Override|Breakout|Countdown",
            "Action|Thriller|Science Fiction",
        ),
        "half face": _words(
            "The Other|Half a|My Former|A Hidden|The Better|Almost a|Her Private|The Unseen|One More",
            "Self|Stranger|Sister|Secret|Truth|Likeness|Confession|Twin",
            "Drama|Mystery|Romance|Thriller",
        ),
        "cut paper": _words(
            "Anatomy of an|The Man with an|Notes on an|Portrait of an|The Trial of an|Trouble with an|Fragments of an",
            "Alibi|Accident|Affair|Accomplice|Inheritance|Envelope|Argument|Interval",
            "Crime|Drama|Film Noir",
        ),
        "ring of heads": _words(
            "Nine|The Usual|All Our|Nobody's|The Invited|Far Too Many|The Remaining|Our Dear|The Noble",
            "Guests|Cousins|Neighbours|Suspects|Heirs|Strangers|Friends|Liars",
            "Comedy|Mystery|Drama|Crime",
        ),
        "big type": _words(
            "Nobody Ever|Everyone Still|Someone Finally|Mother Never|Heaven Always|"
            "Summer Almost|Money Rarely|Tigers Seldom|Father Often",
            "Sleeps|Returns|Listens|Apologises|Forgets|Wonders|Answers|Matters",
            "Comedy|Documentary|Drama|Romance",
        ),
        "night in a head": _words(
            "Dreaming of|Asleep in|The Lights of|Letters from|A Night in|The Ghosts of|Nobody Leaves|Alone in|Remember",
            "Lisbon|Trieste|Montreal|Antwerp|Havana|Osaka|Odessa|Tangier",
            "Drama|Romance|Film Noir|Music",
        ),
        "house on a hill": _words(
            "The House at|Midwinter at|The Keeper of|Nightfall at|The Bells of|A Candle for|"
            "The Secret of|Moonrise over|What Waits at",
            "Raven Hill|Thornfield End|Hollow Hill|Gallows Down|Wren Ridge|Ashby Tor|Crow Common|Lantern Hill",
            "Horror|Mystery|Fantasy",
        ),
        "sunglasses": _words(
            "Endless|Poolside|Palm Beach|Forever|Neon|Lazy|Riviera|Imported|Cloudless",
            "August|Sunday|Weekend|Vacation|Romance|Alibis|Paradise|Siesta",
            "Comedy|Crime|Romance|Music",
        ),
        "spiral": _words(
            "Falling into|The Depth of|Dizzy with|Circles of|The Pull of|Descent into|Lost in|A Theory of|Beneath",
            "Nowhere|Memory|Silence|Obsession|Oblivion|Gravity|Delirium|Sleep",
            "Thriller|Mystery|Science Fiction|Horror",
        ),
        "open road": _words(
            "The Long Road to|Two Days to|Driving to|Half Way to|One Tank to|Runaways to|"
            "Southbound to|A Ride to|Postcards to",
            "Amarillo|Santa Rosa|Winnemucca|El Dorado|Tucumcari|Big Sandy|Carson Flats|Abilene",
            "Adventure|Drama|Comedy|Western",
        ),
        "bands of eyes": _words(
            "Four|The Quarrelling|All the Wrong|The Counterfeit|Several|The Accidental|"
            "Some Perfect|The Midnight|Our Own",
            "Conspirators|Impostors|Burglars|Rivals|Brothers|Thieves|Partners|Detectives",
            "Crime|Comedy|Thriller|Action",
        ),
    }
)
"""By family, in the order in which posters take turns."""

_FIRST = _listed(
    "Ada|Anselm|Beatriz|Caspar|Dalia|Edmund|Farah|Gustav|Hanne|Ismael|Jun|Katya|Leontine|Marek"
    "|Nadia|Oskar|Paloma|Rafael|Sunniva|Tomas|Ursula|Viggo|Wanda|Yusuf|Zora"
)
_LAST = _listed(
    "Abelard|Brandt|Castellane|Dombrow|Ekstrand|Falk|Garrow|Hollis|Ibarra|Jansen|Kovac|Lindqvist"
    "|Marchetti|Norwood|Okafor|Petrov|Quill|Rosario|Santoro|Tanaka|Umber|Valdane|Whitlock|Yardley"
)
_STUDIO = _listed("Old Lantern|Blue Heron|Northlight|Paper Moon|Tall Ship|Ninth Wave|Long Shadow|Corner Store")


def name_somebody(rng: Random) -> str:
    """Return the name of a person who does not exist."""
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def small_print(director: str, year: int, rng: Random) -> list[str]:
    """Return the two lines at the foot of a poster."""
    cast = [name_somebody(rng) for _ in range(3)]
    crew = [name_somebody(rng) for _ in range(2)]
    upper = f"{rng.choice(_STUDIO)} Pictures presents  a film by {director}  with {cast[0]}  {cast[1]}"
    lower = f"and {cast[2]}  music {crew[0]}  camera {crew[1]}  {year}"
    return [upper.upper(), lower.upper()]


def _roman(number: int) -> str:
    """Return a sequel's numeral, 1 to 39 as monarchs have them, larger numbers in digits."""
    if number > 39:
        return str(number)
    units = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (number // 10) + units[number % 10]
