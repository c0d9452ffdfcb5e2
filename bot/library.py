"""The flows on disk, by scheme, and the versions that live check-ins were begun with.

A scheme's own files take the place of the standard ones (its phrases.yaml and whatsapp.yaml replace only what
they name). A check-in ends on the wording it began with; phrases, safety texts and phone numbers are always
the current ones.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from bot.conversation.checker import Report, check, costs, errors
from bot.conversation.example_writer import with_example
from bot.conversation.faults import Fault, unknown
from bot.conversation.flow import Example, Flow, Flows
from bot.conversation.links import broken, files_reached, overlay
from bot.conversation.loader import PHRASES, key_of, load
from bot.conversation.scheme import Scheme
from bot.conversation.scheme_loader import load_scheme
from bot.conversation.talk import Talk
from bot.conversation.template_loader import WHATSAPP, load_templates
from bot.conversation.templates import Template

SCHEME_FILE = "scheme.yaml"
MAX_PINNED = 200  # versions kept read in memory

Texts = Mapping[str, str]  # file, such as tyneside/step.yaml -> its text


class FlowsRefused(ValueError):
    """The flows have errors; the sentences say where and what to do."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A flow as it is now with every file it can lead to. ``files`` (name -> text) is what ``pinned`` reads back."""

    hash: str
    flow: str
    files: dict[str, str]


@dataclass(slots=True)
class Shelf:
    """One scheme's flows as they are now: read, and as text."""

    flows: Flows
    texts: dict[str, str]
    pins: dict[str, Pinned] = field(default_factory=dict)


@dataclass(slots=True)
class Library:
    """Every scheme with its flows. ``faults`` are errors: with any, the service must not start (``require_sound``)."""

    schemes: Mapping[str, Scheme]
    faults: tuple[Fault, ...]
    _shelves: Mapping[str, Shelf]
    _versions: OrderedDict[tuple[str, str], Flows] = field(default_factory=OrderedDict)

    @classmethod
    def load(cls, flows_dir: Path, *, examples: bool = False) -> Self:
        """Read the folder. Never raises on what the files hold: see ``faults``.

        With ``examples`` they are played, too, as a release does before anything is published.
        """
        texts, faults = read_folder(flows_dir)
        return cls.of(texts, faults, examples=examples)

    @classmethod
    def of(cls, texts: Texts, faults: Iterable[Fault] = (), *, examples: bool = False) -> Self:
        """The library of these files."""
        schemes, found = _schemes(texts)
        shelves = {}
        for key in _folders(texts):
            shelves[key], more = _shelf(texts, key)
            found += [*more, *errors(shelves[key].flows, schemes.get(key), examples=examples and not more)]
        return cls(schemes, tuple(sorted({*faults, *found})), shelves)

    def require_sound(self) -> None:
        """Raise FlowsRefused with every sentence if anything is wrong."""
        if self.faults:
            raise FlowsRefused("\n".join(str(fault) for fault in self.faults))

    def scheme(self, key: str) -> Scheme:
        """KeyError for a scheme that is not there."""
        return self.schemes[key]

    def flows(self, scheme_key: str) -> Flows:
        """A scheme's flows as they are now, its own wordings laid over the standard ones."""
        return self._shelves[scheme_key].flows

    def pin(self, scheme_key: str, flow_key: str) -> Pinned:
        """The flow with every file it can lead to, by nodes or by wishes, under the hash of their text."""
        shelf = self._shelves[scheme_key]
        if flow_key not in shelf.pins:
            shelf.pins[flow_key] = _pin(shelf, scheme_key, flow_key)
        return shelf.pins[flow_key]

    def known(self, scheme_key: str, hash: str) -> Flows | None:
        """The flows of a version where its files are not needed: it is the current one, or was read before."""
        if scheme_key in self._shelves and self._is_current(scheme_key, hash):
            return self.flows(scheme_key)
        key = (scheme_key, hash)
        if key in self._versions:
            self._versions.move_to_end(key)
        return self._versions.get(key)

    def pinned(self, scheme_key: str, hash: str, files: Texts) -> Flows:
        """The flows of a version, with the current phrases. Read once and kept.

        Nothing that a live check-in can stand on goes missing: nodes of the version win, and what the
        version lacks (a flow or a node written since) is taken from the current flows; of phrases the
        current ones win.
        """
        known = self.known(scheme_key, hash)
        if known is not None:
            return known
        current = self._shelves.get(scheme_key)
        flows = _version(files, current.flows if current else Flows({}))
        self._versions[scheme_key, hash] = flows
        while len(self._versions) > MAX_PINNED:
            self._versions.popitem(last=False)
        return flows

    def _is_current(self, scheme_key: str, hash: str) -> bool:
        keys = self.flows(scheme_key).by_key
        return any(self.pin(scheme_key, key).hash == hash for key in keys)


def check_folder(flows_dir: Path, scheme: str | None = None) -> Report:
    """What ``python -m bot check`` says: every fault and all advice of the folder, or of one scheme in it."""
    texts, faults = read_folder(flows_dir)
    library = Library.of(texts, faults)
    keys = [key for key in library._shelves if scheme in (None, key)]
    broken_ones = {fault for fault in library.faults if _concerns(fault, scheme)}
    sound = not broken_ones
    views = [(library.flows(key), library.schemes.get(key)) for key in keys]
    found = {fault for flows, settings in views for fault in check(flows, settings, examples=sound)}
    return Report(tuple(sorted(found | broken_ones)), costs(*views[0]) if views and sound else (), played=sound)


def _concerns(fault: Fault, scheme: str | None) -> bool:
    """Whether a fault is of the standard files or of the scheme asked about."""
    folder, slash, _ = fault.file.partition("/")
    return scheme is None or not slash or folder == scheme


def open_talk(flows_dir: Path, flow: str, scheme: str | None = None, given: Mapping[str, object] | None = None) -> Talk:
    """The simulator of ``python -m bot talk FLOW``. ``flow`` is a key or a file; the first scheme if none is named.

    Nothing given: as the person of the flow's first example.

    Raises FlowsRefused when the flows have errors, ValueError with a sentence for a flow or scheme that is
    not there, or for something given that cannot be.
    """
    library = Library.load(flows_dir)
    library.require_sound()
    scheme_key = scheme or next(iter(library.schemes))
    if scheme_key not in library.schemes:
        raise ValueError(unknown("scheme", scheme_key, library.schemes))
    flows = library.flows(scheme_key)
    if key_of(flow) not in flows.by_key:
        raise ValueError(unknown("flow", flow, flows.by_key))
    played = flows.by_key[key_of(flow)]
    file = flows_dir / played.file
    # Somebody of the flow's own: a weekly check-in is played with a step set, as its first example is.
    somebody = given or next((example.given for example in played.examples), {})
    return Talk(flows, played.key, library.scheme(scheme_key), lambda e: save_example(file, e), somebody)


def save_example(path: Path, example: Example) -> str:
    """Write an example into a flow file and say so. Raises ValueError with a sentence; then nothing is written."""
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    written = with_example(text, path.name, example)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(written)
    return f'saved as "{example.name}" in {path.name}'


# ---------------------------------------------------------------- reading the folder


def read_folder(flows_dir: Path) -> tuple[dict[str, str], list[Fault]]:
    """The text of every flow file: those of the folder, and of the folders of schemes in it."""
    if not flows_dir.is_dir():
        return {}, [Fault(str(flows_dir), 0, "there is no such folder: FLOWS_DIR says where the flows are")]
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted([*flows_dir.glob("*.yaml"), *flows_dir.glob("*/*.yaml")]):
        file = path.relative_to(flows_dir).as_posix()
        try:
            texts[file] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            faults.append(Fault(file, 0, "the file cannot be read: save it as plain text, UTF-8"))
    return texts, faults


def _folders(texts: Texts) -> list[str]:
    return sorted({file.partition("/")[0] for file in texts if "/" in file})


def _schemes(texts: Texts) -> tuple[dict[str, Scheme], list[Fault]]:
    schemes: dict[str, Scheme] = {}
    faults: list[Fault] = []
    for key in _folders(texts):
        file = f"{key}/{SCHEME_FILE}"
        if file not in texts:
            faults.append(
                Fault(file, 0, "this folder has no scheme.yaml: it says the scheme's name, hours and contacts")
            )
            continue
        loaded = load_scheme(texts[file], file, key)
        faults += loaded.faults
        if loaded.scheme:
            schemes[key] = loaded.scheme
    if not _folders(texts):
        faults.append(Fault("flows", 0, "there is no scheme: make a folder with a scheme.yaml in it"))
    return schemes, faults


def _shelf(texts: Texts, scheme_key: str) -> tuple[Shelf, list[Fault]]:
    """One scheme's flows, and what is wrong with them."""
    own = {
        file: text
        for file, text in texts.items()
        if file.startswith(f"{scheme_key}/") and not file.endswith(f"/{SCHEME_FILE}")
    }
    kept = {key_of(file) for file in own} - {PHRASES, WHATSAPP}
    standard = {file: text for file, text in texts.items() if "/" not in file and key_of(file) not in kept}
    shelf, faults = _read({**standard, **own})
    return shelf, faults + broken(shelf.flows)


def _read(texts: Texts) -> tuple[Shelf, list[Fault]]:
    flows: dict[str, Flow] = {}
    templates: dict[str, Template] = {}
    faults: list[Fault] = []
    for file in sorted(texts, key=lambda file: ("/" in file, file)):
        if key_of(file) == WHATSAPP:
            approved = load_templates(texts[file], file)
            templates |= approved.templates
            faults += approved.faults
            continue
        loaded = load(texts[file], file)
        faults += loaded.faults
        if loaded.flow:
            below = flows.get(loaded.flow.key)
            flows[loaded.flow.key] = overlay(below, loaded.flow) if below else loaded.flow
    return Shelf(Flows(flows, templates), dict(texts)), faults


# ---------------------------------------------------------------- versions


def _pin(shelf: Shelf, scheme_key: str, flow_key: str) -> Pinned:
    reached = _closure(shelf.flows, flow_key)
    files = {file: text for file, text in sorted(shelf.texts.items()) if key_of(file) in reached}
    version = json.dumps([scheme_key, flow_key, files], ensure_ascii=False, sort_keys=True)
    return Pinned(sha256(version.encode()).hexdigest(), flow_key, files)


def _closure(flows: Flows, flow_key: str) -> set[str]:
    """A flow, the phrases (they hold everywhere), and all that these lead to."""
    reached: set[str] = set()
    todo = {flow_key, PHRASES} & flows.by_key.keys()
    while todo:
        key = todo.pop()
        reached.add(key)
        todo |= (files_reached(flows.by_key[key]) & flows.by_key.keys()) - reached
    return reached


def _version(files: Texts, current: Flows) -> Flows:
    shelf, _ = _read(files)
    by_key = dict(current.by_key)
    for key, flow in shelf.flows.by_key.items():
        now = current.by_key.get(key)
        first, second = (flow, now) if key == PHRASES else (now, flow)
        by_key[key] = overlay(first, second) if first and second else flow
    return Flows(by_key, current.templates)
