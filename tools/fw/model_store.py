"""The published models: names, checksums, where they are published; `fw models list|fetch`."""

import json
import os
import shutil
from pathlib import Path

from console import Failure, Progress, say, warn
from project import ROOT, folder_lock

STORE = ROOT / "models"
INDEX = Path(__file__).with_name("models.json")


def _wanted(names):
    index = json.loads(INDEX.read_text())
    entries = index["models"]
    if names:
        entries = [e for e in entries if any(n in f"{e['chip']}/{e['name']}" for n in names)]
        if not entries:
            raise Failure(f"no published model's name contains {' or '.join(names)}; see `fw models list`")
    return index, entries


def _digest(path):
    import hashlib  # takes long to load: see main.py

    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def _present(entry):
    path = STORE / entry["chip"] / entry["name"]
    return path.is_file() and path.stat().st_size == entry["size"] and _digest(path) == entry["sha256"]


def list_models(names):
    _, entries = _wanted(names)
    for entry in entries:
        state = "fetched" if _present(entry) else "-"
        say(f"{entry['chip']}/{entry['name']:45} {entry['size'] / 1e6:6.2f} MB  {state}")
    return 0


def fetch(names, source):
    """Downloads (or copies) what is missing. A file whose checksum differs is never kept."""
    index, entries = _wanted(names)
    with folder_lock(STORE, "models", does="fetches"):
        for left_over in STORE.glob("*/.fetch-*"):  # of a fetch that was killed
            left_over.unlink()
        return _fetch_all(index, entries, source and Path(source))


def _fetch_all(index, entries, source):
    failed = 0
    got = 0
    for entry in entries:
        if _present(entry):
            continue
        try:
            _fetch_one(index, entry, source)
            got += 1
        except Failure as failure:
            warn(str(failure))
            failed += 1
    say(f"{got} fetched, {len(entries) - got - failed} already here, {failed} failed; in {STORE}")
    return 1 if failed else 0


def _fetch_one(index, entry, source):
    title = f"{entry['chip']}/{entry['name']}"
    target = STORE / entry["chip"] / entry["name"]
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".fetch-{target.name}")
    try:
        if source:
            found = next((p for p in _places(source, entry) if p.is_file()), None)
            if found is None:
                raise Failure(f"{title}: not in {source}")
            shutil.copyfile(found, temporary)
        else:
            _download(index, entry, temporary, title)
        if _digest(temporary) != entry["sha256"]:
            raise Failure(f"{title}: the checksum differs from the published file's; not kept")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    say(f"fetched {title}")


def _places(folder, entry):
    return (folder / entry["chip"] / entry["name"], folder / "models" / entry["chip"] / entry["name"], folder / entry["name"])


def _download(index, entry, path, title):
    """The repository has moved on since these files were published: a few states of it are tried, the checksum decides."""
    problems = []
    for ref in [entry["ref"]] + index["other_refs"]:
        url = f"{index['base']}/{ref}/{entry['path']}"
        try:
            _download_url(url, path, title, entry["size"])
        except (OSError, ValueError) as error:
            problems.append(f"{url}: {error}")
            continue
        if _digest(path) == entry["sha256"]:
            return
        problems.append(f"{url}: another file than the one asked for")
    raise Failure(f"{title}: cannot be downloaded:\n  " + "\n  ".join(problems))


def _download_url(url, path, title, size):
    import urllib.request  # takes longer than all the rest of fw's modules

    progress = Progress(f"fetching {title}")
    try:
        with urllib.request.urlopen(url, timeout=30) as response, open(path, "wb") as out:
            done = 0
            while block := response.read(1 << 16):
                out.write(block)
                done += len(block)
                if done > size:
                    raise ValueError(f"more than the {size} bytes of the file asked for")
                progress.update(done * 100 // size, 100)
    finally:
        progress.clear()
