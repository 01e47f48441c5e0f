"""`fw trace APP`: what its tasks, models and flash have done, as a trace for Perfetto (ui.perfetto.dev) or chrome://tracing.

The program writes an event a line (hal/host/system/trace.hpp); after its end, whatever end that was, complete spans are made of what is there.
"""

import contextlib
import json
import os
import tempfile
from pathlib import Path

import console
import execution
import flashing
from console import Failure, say
from image import partitions
from project import Project, relative

PROCESS = 1


def events(file):
    """The events of a program's file. Its last line may be half written, where the program was killed."""
    with open(file, errors="replace") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "ph" in event:
                yield event


def bytes_as_text(text):
    """The program escapes each byte of a name, whatever it encodes."""
    try:
        return text.encode("latin-1").decode(errors="replace")
    except UnicodeEncodeError:
        return text


def decoded(value):
    if isinstance(value, str):
        return bytes_as_text(value)
    return {key: decoded(entry) for key, entry in value.items()} if isinstance(value, dict) else value


class Partitions:
    """Names for addresses in flash."""

    def __init__(self, table):
        self.table = table

    def name(self, address):
        for partition in self.table:
            if partition["offset"] <= address < partition["offset"] + partition["size"]:
                return partition["name"]
        return "no partition"


class Assembly:
    """Spans that begin and end become one event each; what was not ended, ends with its task or with the app."""

    def __init__(self, table):
        self.partitions = Partitions(table)
        self.open = {}
        self.done = []
        self.last = 0.0
        self.full = False

    def _close(self, track, time, unfinished=False):
        span = self.open[track].pop()
        span["dur"] = round(max(time - span["ts"], 0.0), 3)
        if unfinished:
            span.setdefault("args", {})["unfinished"] = True
        self.done.append(span)

    def take(self, event):
        phase, track, time = event["ph"], event.get("tid", 0), event.get("ts", 0.0)
        if phase == "full":
            self.full = True
            return
        self.last = max(self.last, time)
        stack = self.open.setdefault(track, [])
        if phase == "B":
            span = {"ph": "X", "name": bytes_as_text(event["name"]), "cat": event["cat"], "ts": time, "dur": 0, "pid": PROCESS, "tid": track}
            if "args" in event:
                span["args"] = decoded(event["args"])
            if event["cat"] == "flash":
                span["args"]["partition"] = self.partitions.name(span["args"]["address"])
                span["name"] = f"{span['name']} {span['args']['partition']}"
            stack.append(span)
        elif phase == "E" and stack:
            self._close(track, time)
        elif phase == "e":
            while stack:
                self._close(track, time)
        elif phase in "CM":
            self.done.append(dict(event, pid=PROCESS, args=decoded(event["args"])))

    def finish(self, app, metadata):
        for track, stack in self.open.items():
            while stack:
                self._close(track, self.last, unfinished=True)
        # Parents before their children: of two that begin together, the longer one.
        self.done.sort(key=lambda event: (event["ph"] != "M", event["ts"], -event.get("dur", 0)))
        title = {"ph": "M", "name": "process_name", "ts": 0, "pid": PROCESS, "tid": 0, "args": {"name": app}}
        return {"traceEvents": [title, *self.done], "displayTimeUnit": "ms", "otherData": dict(metadata, truncated=self.full)}


def assemble(file, app, table, metadata):
    assembly = Assembly(table)
    for event in events(file):
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            assembly.take(event)
    return assembly.finish(app, metadata)


def write_whole(path, text, what):
    """The file is there as a whole, or not at all."""
    path = Path(path)
    handle = temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w") as out:
            out.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise Failure(f"{what} {path}: {error.strerror}") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def check_output(name, what="-o"):
    """What cannot be written is said before minutes are spent on a build."""
    path = Path(name)
    if path.is_dir():
        raise Failure(f"{what} {name}: this is a folder")
    if not path.parent.is_dir():
        raise Failure(f"{what} {name}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise Failure(f"{what} {name}: the folder {path.parent} cannot be written")
    return path


@contextlib.contextmanager
def event_file():
    handle, path = tempfile.mkstemp(prefix="deskboard-trace-")
    os.close(handle)
    try:
        yield path
    finally:
        Path(path).unlink(missing_ok=True)


def run(app, args):
    """Runs the app with a trace. @return (fw's exit code, the trace)"""
    with event_file() as file:
        args.trace = file
        try:
            code = execution.execute(app, args)
        except KeyboardInterrupt:
            # The way to end an app that never ends; the terminal has told it, too.
            console.warn("interrupted: the trace ends here")
            code = 130
        table = partitions(app.description(), app.build_dir)
        metadata = {"app": app.name, "board": app.board.name, "chip": app.board.chip, "exit": code}
        return code, assemble(file, app.name, table, metadata)


def trace(args):
    output = check_output(args.output)
    app = Project(args)
    app.native_only("fw trace")
    execution.check(app, args)
    if args.gdb:
        raise Failure("fw trace goes without --gdb")
    app.build()
    flashing.write(app, args)
    code, content = run(app, args)
    if not any(event["ph"] == "X" for event in content["traceEvents"]):
        console.warn(f"{relative(output)} was not written: the app has not begun")
        return code or 1
    write_whole(output, json.dumps(content, separators=(",", ":")) + "\n", "-o")
    spans = sum(event["ph"] == "X" for event in content["traceEvents"])
    say(f"Wrote {relative(output)}: {spans:,} spans{', the first ones of a longer run' if content['otherData']['truncated'] else ''}; "
        "look at it with ui.perfetto.dev")
    return code
