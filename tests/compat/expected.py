"""expected.txt: what each project does on each board, and why it does not do better.

    # what others must know
    examples/cat_detect          esp32_p4_function_ev_board  yes yes equal
    examples/human_face_detect   esp32_p4_function_ev_board  yes yes 0/2    | the README's log is of an older model

A row is project, board, builds, runs, digits, and after | the cause. A row that is not `yes yes equal` needs one, except where
digits is `-`: the README prints no log.
"""


class ExpectedError(Exception):
    pass


def read(path):
    """{(project, board): ((builds, runs, digits), cause)}"""
    rows = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        row, _, cause = (part.strip() for part in line.partition("|"))
        words = row.split()
        if len(words) != 5:
            raise ExpectedError(f"{path}:{number}: five words are needed: project, board, builds, runs, digits")
        result = tuple(words[2:])
        good = result[:2] == ("yes", "yes") and (result[2] in ("equal", "-") or _all_passed(result[2]))
        if not good and not cause:
            raise ExpectedError(f"{path}:{number}: {words[0]} differs: its cause is missing (behind |)")
        key = (words[0], words[1])
        if key in rows:
            raise ExpectedError(f"{path}:{number}: {words[0]} on {words[1]} stands here twice")
        rows[key] = (result, cause)
    return rows


def _all_passed(digits):
    passed, _, total = digits.partition("/")
    return passed == total
