#!/usr/bin/env python3
"""Names folders of tests that are named after nothing they could test.

    check_mirror.py [REPOSITORY]

tests/hal/X tests hal/host/X or hal/X, tests/components/X tests components/X, tests/tools/X tests tools/X, and
tests/components/esp-dl/X tests dl/X, or what dl_base_X, dl_module_X, dl_model_X or dl_X is. What several parts share, and so has
no name in the tree, stands in ACROSS. Prints the folders. Exit code: 0 none, 1 some, 2 bad input.
"""
import pathlib
import sys

ACROSS = {
    "tests/hal/threads": "every part of the HAL that threads share",
    "tests/components/models": "the components with models: imagenet_cls, coco_detect, coco_pose",
    "tests/components/esp-dl/load": "from a file to a model that is ready",
    "tests/components/esp-dl/rooms": "who may include whom",
    "tests/components/esp-dl/surface": "ESP-DL's public names",
    "tests/components/esp-dl/threads": "models in several threads",
}


def tested_by(root, folder):
    """What a folder of tests may be named after."""
    name = folder.name
    if folder.parent == root / "tests/hal":
        return [root / "hal/host" / name, root / "hal" / name]
    if folder.parent == root / "tests/components/esp-dl":
        library = root / "components/esp-dl/dl"
        files = [*library.glob("*/include/*.h*"), *library.glob("*/src/*.cpp")]
        stems = {f"dl_base_{name}", f"dl_module_{name}", f"dl_model_{name}", f"dl_{name}"}
        return [library / name, *(path for path in files if path.stem in stems)]
    return [root / folder.parent.relative_to(root / "tests") / name]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    if not (root / "tests").is_dir():
        print(f"{root} has no folder tests", file=sys.stderr)
        return 2
    count = wrong = 0
    for parent in ("hal", "components", "components/esp-dl", "tools"):
        for folder in sorted(path for path in (root / "tests" / parent).iterdir() if path.is_dir()):
            own = str(folder.relative_to(root))
            if not any(folder.iterdir()) or folder.name == "__pycache__":
                continue
            count += 1
            if own in ACROSS:
                continue
            if not any(path.exists() for path in tested_by(root, folder)):
                wrong += 1
                print(f"{own} is named after nothing in the tree")
    for own in ACROSS:
        if not (root / own).is_dir():
            wrong += 1
            print(f"{own} is no folder any more")
    print(f"{count} folders of tests, {wrong} named after nothing")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
