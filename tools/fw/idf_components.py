"""cmake/idf_components.txt: the components of ESP-IDF, and which of them the HAL has."""


class Listed:
    """A line of cmake/idf_components.txt."""

    def __init__(self, line, root):
        fields = [f.strip() for f in line.split("|")]
        if len(fields) != 3:
            raise ValueError(f"idf_components.txt: '{line}' has not three fields")
        self.name, *version = fields[0].split()
        self.version = version[0] if version else None
        self.what, headers = fields[1], fields[2].split()
        include_dir = root / "hal" / "include"
        # Whether the repository has a component of that name, whose headers are there for those who require it.
        self.provided = (root / "components" / self.name).is_dir()
        # "-" first: naming the component is harmless, whatever becomes of its headers.
        harmless = headers[:1] == ["-"]
        self.absent = [h for h in headers[harmless:] if not next(include_dir.glob(h), None)]
        self.here = harmless or len(self.absent) < len(headers)


def read_list(root):
    file = root / "cmake" / "idf_components.txt"
    lines = (line.split("#")[0].strip() for line in file.read_text().splitlines()) if file.is_file() else ()
    return {entry.name: entry for entry in (Listed(line, root) for line in lines if line)}


def absent_message(who, entry):
    return f"{who} requires '{entry.name}': not emulated: {entry.what}. {advice(entry.name)}"


def advice(name):
    return f"Build that part for the chip only, or let a component of the project stand in for it (components/{name})."
