"""Documents of IIIF as the specifications and museums write them: manifests, collections, image services."""

from typing import Any

V2 = "http://iiif.io/api/presentation/2/context.json"
V3 = "http://iiif.io/api/presentation/3/context.json"
HOST = "https://museum.example"


def service3(name: str, **more: Any) -> dict[str, Any]:
    """Return an image service of version 3 as a manifest tells of it."""
    return {"id": f"{HOST}/images/{name}", "type": "ImageService3", "profile": "level2", **more}


def service2(name: str, **more: Any) -> dict[str, Any]:
    """Return one of version 2."""
    return {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": f"{HOST}/images/{name}",
        "profile": "http://iiif.io/api/image/2/level1.json",
        **more,
    }


def info3(name: str, size: tuple[int, int] = (3000, 4500), **more: Any) -> dict[str, Any]:
    """Return the info.json of a service of version 3."""
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": f"{HOST}/images/{name}",
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": size[0],
        "height": size[1],
        **more,
    }


def info2(name: str, size: tuple[int, int] = (3000, 4500), **more: Any) -> dict[str, Any]:
    """Return that of one of version 2; `more` goes into the description of its profile."""
    sizes: dict[str, Any] = {key: more.pop(key) for key in ("sizes", "tiles") if key in more}
    level = more.pop("level", 1)
    return {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": f"{HOST}/images/{name}",
        "protocol": "http://iiif.io/api/image",
        "width": size[0],
        "height": size[1],
        "profile": [f"http://iiif.io/api/image/2/level{level}.json", *([more] if more else [])],
        **sizes,
    }


def canvas3(name: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """Return a canvas of version 3 on which `body` is painted, a picture with a service unless told."""
    where = f"{HOST}/canvas/{name}"
    picture = {
        "id": f"{HOST}/images/{name}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": 3000,
        "height": 4500,
        "service": [service3(name)],
    }
    note = {
        "id": f"{where}/annotation",
        "type": "Annotation",
        "motivation": "painting",
        "body": picture if body is None else body,
        "target": where,
    }
    return {
        "id": where,
        "type": "Canvas",
        "width": 3000,
        "height": 4500,
        "items": [{"id": f"{where}/page", "type": "AnnotationPage", "items": [note]}],
        **more,
    }


def manifest3(name: str, *canvases: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a manifest of version 3."""
    return {
        "@context": V3,
        "id": f"{HOST}/{name}/manifest.json",
        "type": "Manifest",
        "label": {"en": [f"Poster {name}"], "de": [f"Plakat {name}"]},
        "items": list(canvases or (canvas3(name),)),
        **more,
    }


def canvas2(name: str, resource: Any = None, **more: Any) -> dict[str, Any]:
    """Return a canvas of version 2."""
    picture = {
        "@id": f"{HOST}/images/{name}/full/full/0/default.jpg",
        "@type": "dctypes:Image",
        "format": "image/jpeg",
        "service": service2(name),
        "width": 3000,
        "height": 4500,
    }
    return {
        "@id": f"{HOST}/canvas/{name}",
        "@type": "sc:Canvas",
        "label": "1",
        "width": 3000,
        "height": 4500,
        "images": [
            {
                "@type": "oa:Annotation",
                "motivation": "sc:painting",
                "resource": picture if resource is None else resource,
                "on": f"{HOST}/canvas/{name}",
            }
        ],
        **more,
    }


def manifest2(name: str, *canvases: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a manifest of version 2."""
    return {
        "@context": V2,
        "@id": f"{HOST}/{name}/manifest.json",
        "@type": "sc:Manifest",
        "label": f"Poster {name}",
        "sequences": [{"@type": "sc:Sequence", "canvases": list(canvases or (canvas2(name),))}],
        **more,
    }


def reference(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a collection says of a manifest or collection."""
    return {key: document[key] for key in ("id", "@id", "type", "@type", "label") if key in document}


def collection3(name: str, *items: dict[str, Any]) -> dict[str, Any]:
    """Return a collection of version 3."""
    return {
        "@context": V3,
        "id": f"{HOST}/{name}",
        "type": "Collection",
        "label": {"en": [name]},
        "items": list(items),
    }


def collection2(name: str, **parts: Any) -> dict[str, Any]:
    """Return a collection of version 2."""
    return {"@context": V2, "@id": f"{HOST}/{name}", "@type": "sc:Collection", "label": name, **parts}


def shelved(*documents: dict[str, Any]) -> dict[str, Any]:
    """Return documents by address, image services as their info.json."""
    found = {}
    for document in documents:
        where = document.get("id") or document["@id"]
        found[f"{where}/info.json" if "/images/" in where else where] = document
    return found
