"""What hosts take, and what a site will take of it: the largest posters that fit, predicted before any painting."""

from mapmaker.hosts.contents import (
    LONGEST_SEARCH,
    MOST_SIMILAR,
    QUANTILES,
    SHARD_SIDE,
    VECTORS_SHARD,
    WIDEST_VECTOR,
    Beside,
    Pages,
    Share,
    Texts,
    beside_tiles,
    gallery_pages,
    id_prefix,
    list_pages,
    mean_texts,
)
from mapmaker.hosts.host import HOSTS, Host, byte_size, limits
from mapmaker.hosts.plan import NARROWEST, Offer, SitePlan, plan_site, poster_sizes

__all__ = [
    "HOSTS",
    "LONGEST_SEARCH",
    "MOST_SIMILAR",
    "NARROWEST",
    "QUANTILES",
    "SHARD_SIDE",
    "VECTORS_SHARD",
    "WIDEST_VECTOR",
    "Beside",
    "Host",
    "Offer",
    "Pages",
    "Share",
    "SitePlan",
    "Texts",
    "beside_tiles",
    "byte_size",
    "gallery_pages",
    "id_prefix",
    "limits",
    "list_pages",
    "mean_texts",
    "plan_site",
    "poster_sizes",
]
