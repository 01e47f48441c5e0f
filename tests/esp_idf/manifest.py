"""The rules for idf_component.yml, as idf-component-manager 2 has them (manifest/models.py, constants.py, utils.py): errors(content)."""

import re

SLUG = r"[a-zA-Z\d]+(?:(?:[_-](?![_-]+))|(?:[a-zA-Z\d]))*[a-zA-Z\d]+"
NAME = re.compile(rf"(?:{SLUG}/)?{SLUG}")
VERSION = re.compile(r"\d+\.\d+\.\d+(?:~\d+)?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
CLAUSE = re.compile(r"(?:<=|>=|==|!=|~=|<|>|=|\^|~)?\s*(?:\*|\d+(?:\.(?:\d+|\*)){0,2}(?:~\d+)?(?:-[0-9A-Za-z.-]+)?)")
COMMIT = re.compile(r"[0-9a-f]{40}")
URL = re.compile(r"https?://[^\s/]+\S*")
GIT_URL = re.compile(r"(?:git|ssh|https?|file)://\S+|git@\S+:\S+")
TAG = re.compile(r"[A-Za-z0-9_-]{3,32}")
TARGETS = "esp32 esp32s2 esp32c3 esp32s3 esp32c2 esp32c5 esp32c6 esp32c61 esp32h2 esp32h21 esp32h4 esp32p4 esp32s31 linux".split()
QUOTED = r'(?:"[^"]*"|[\w.-]+)'
CONDITION = re.compile(
    rf"(?:idf_version\s+(?P<idf>.+)|(?:target|\$\w+|\$\{{\w+\}}|\$CONFIG\{{\w+\}}|{QUOTED})\s*"
    rf"(?:(?:==|!=|<=|>=|<|>)\s*{QUOTED}|(?:not\s+in|in)\s+\[\s*{QUOTED}(?:\s*,\s*{QUOTED})*\s*\]))"
)
TEXTS = ("name", "description", "license")
URLS = ("url", "documentation", "issues", "discussion")
# sbom and overrides are newer than that file.
KNOWN = set(TEXTS + URLS) | {"version", "targets", "maintainers", "tags", "dependencies", "files", "examples"}
KNOWN |= {"repository", "repository_info", "sbom", "overrides"}
OF_DEPENDENCY = {"version", "public", "path", "git", "registry_url", "service_url", "rules", "matches", "override_path", "require", "pre_release"}


def is_text(value):
    return isinstance(value, str) and value != ""


def is_range(value):
    return is_text(value) and all(CLAUSE.fullmatch(part.strip()) for part in value.split(","))


def list_errors(key, value, pattern=None):
    if not isinstance(value, list) or not all(is_text(v) for v in value):
        return [f"{key}: is no list of texts"]
    lower = [v.lower() for v in value]
    found = [f"{key}: '{v}' is there twice" for v in set(lower) if lower.count(v) > 1]
    return found + [f"{key}: '{v}' is none" for v in value if pattern and not pattern.fullmatch(v)]


def condition_errors(where, clauses):
    if not isinstance(clauses, list):
        return [f"{where}: is no list"]
    found = []
    for clause in clauses:
        if not isinstance(clause, dict) or not is_text(clause.get("if")) or set(clause) - {"if", "version"}:
            found.append(f"{where}: {clause} is no `if` with or without a version")
            continue
        if "version" in clause and not is_range(clause["version"]):
            found.append(f"{where}: version '{clause['version']}'")
        for part in re.split(r"&&|\|\|", clause["if"]):
            match = CONDITION.fullmatch(part.strip().strip("()").strip())
            if not match or match["idf"] and not is_range(match["idf"]):
                found.append(f"{where}: '{part.strip()}' is no condition")
    return found


def dependency_errors(name, wanted):
    where = f"dependencies:{name}"
    if not isinstance(name, str) or not NAME.fullmatch(name) or "__" in name:
        return [f"{where}: is no component's name"]
    if isinstance(wanted, str):
        wanted = {"version": wanted}
    if not isinstance(wanted, dict):
        return [f"{where}: is neither a version nor a dictionary"]
    found = [f"{where}: does not know '{key}'" for key in sorted(set(wanted) - OF_DEPENDENCY)]
    git = "git" in wanted
    if "version" in wanted and not (is_text(wanted["version"]) if git else is_range(wanted["version"])):
        found.append(f"{where}: version '{wanted['version']}'")
    for key in ("path", "git", "override_path", "registry_url", "service_url"):
        if key in wanted and not is_text(wanted[key]):
            found.append(f"{where}: {key} is no text")
    for key in ("public", "pre_release"):
        if key in wanted and not isinstance(wanted[key], bool):
            found.append(f"{where}: {key} is neither true nor false")
    if "require" in wanted and wanted["require"] not in ("public", "private", "no", False):
        found.append(f"{where}: require is none of public, private, no")
    if "require" in wanted and "public" in wanted:
        found.append(f"{where}: public and require exclude each other")
    for key in ("rules", "matches"):
        if key in wanted:
            found += condition_errors(f"{where}:{key}", wanted[key])
    return found


def errors(content):
    if not isinstance(content, dict):
        return ["the manifest is no dictionary"]
    found = [f"does not know '{key}'" for key in sorted(set(content) - KNOWN, key=str)]
    found += [f"{key}: is no text" for key in TEXTS if key in content and not is_text(content[key])]
    found += [f"{key}: is no address" for key in URLS if key in content and not (is_text(content[key]) and URL.fullmatch(content[key]))]
    if "version" in content:
        version = content["version"]
        if not is_text(version) or not (version == "*" or VERSION.fullmatch(version) or COMMIT.fullmatch(version)):
            found.append(f"version: {version!r} is no version")
    if "targets" in content:
        found += list_errors("targets", content["targets"], re.compile("|".join(TARGETS)))
    if "maintainers" in content:
        found += list_errors("maintainers", content["maintainers"])
    if "tags" in content:
        found += list_errors("tags", content["tags"], TAG)
    if "repository" in content and not (is_text(content["repository"]) and GIT_URL.fullmatch(content["repository"])):
        found.append("repository: is no git address")
    if "repository_info" in content and "repository" not in content:
        found.append("repository_info: without repository")
    files = content.get("files")
    if files is not None and (not isinstance(files, dict) or set(files) - {"use_gitignore", "include", "exclude"}):
        found.append("files: has use_gitignore, include and exclude")
    dependencies = content.get("dependencies", {})
    if not isinstance(dependencies, dict):
        return found + ["dependencies: is no dictionary"]
    for name, wanted in dependencies.items():
        found += dependency_errors(name, wanted)
    return found
