"""What no answered page may hold: inline script or style, or anything from another host."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

# Attributes from which a browser loads or runs something.
_LOADED = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
_LINKED = {"link": "href", "use": "href", "image": "href"}


class _Watch(HTMLParser):
    def __init__(self):
        super().__init__()
        self.faults = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.faults.append("inline script")
        if tag == "style":
            self.faults.append("inline style sheet")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"<{tag} {name}=…>")
            loads = name in _LOADED or name == _LINKED.get(tag)
            if loads and urlsplit(value or "").scheme not in ("", "data"):
                self.faults.append(f"<{tag} {name}={value}>")
            if loads and (value or "").startswith("//"):
                self.faults.append(f"<{tag} {name}={value}>")
            if (value or "").strip().lower().startswith("javascript:"):
                self.faults.append(f"<{tag} {name}={value}>")


def faults_of(html: str) -> list[str]:
    """The faults of a page's markup."""
    watch = _Watch()
    watch.feed(html)
    return watch.faults


def faults_of_answer(response) -> list[str]:
    """The faults of an answer: of its headers, and of its markup where it is a page."""
    faults = []
    if response.headers.get("X-Content-Type-Options") != "nosniff":
        faults.append("no nosniff")
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return faults
    policy = response.headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy or "unsafe" in policy:
        faults.append(f"policy: {policy}")
    if not response.streaming:
        faults += faults_of(response.content.decode())
    return faults
