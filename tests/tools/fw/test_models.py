"""`fw models`: copying, checksums, downloads from a server on this machine."""

import functools
import hashlib
import http.server
import json
import threading
import unittest

from support import TemporaryFolder

import model_store
from console import Failure


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Models(TemporaryFolder):
    def setUp(self):
        super().setUp()
        self.content = b"EDL2 a model" * 100
        entry = {
            "chip": "p4",
            "name": "a.espdl",
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "path": "models/a/models/p4/a.espdl",
            "ref": "pinned",
        }
        index = {"base": "http://127.0.0.1:9", "other_refs": ["master"], "models": [entry]}
        self.index = index
        self.write("index.json", json.dumps(index))
        self.saved = model_store.INDEX, model_store.STORE
        model_store.INDEX, model_store.STORE = self.dir / "index.json", self.dir / "store"
        self.addCleanup(self._restore)

    def _restore(self):
        model_store.INDEX, model_store.STORE = self.saved

    @property
    def fetched(self):
        return self.dir / "store" / "p4" / "a.espdl"

    def serve(self, folder):
        handler = functools.partial(Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.index["base"] = f"http://127.0.0.1:{server.server_address[1]}"
        self.write("index.json", json.dumps(self.index))

    def test_copy_from_a_folder(self):
        source = self.write("from/models/p4/a.espdl", "")
        source.write_bytes(self.content)
        self.assertEqual(model_store.fetch([], str(self.dir / "from")), 0)
        self.assertEqual(self.fetched.read_bytes(), self.content)
        source.unlink()
        self.assertEqual(model_store.fetch([], str(self.dir / "from")), 0, "already here: nothing to copy")

    def test_wrong_checksum_is_not_kept(self):
        self.write("from/p4/a.espdl", "x" * len(self.content))
        self.assertEqual(model_store.fetch([], str(self.dir / "from")), 1)
        self.assertEqual(list((self.dir / "store" / "p4").iterdir()), [])

    def test_damaged_copy_is_fetched_again(self):
        self.write("from/p4/a.espdl", "").write_bytes(self.content)
        self.fetched.parent.mkdir(parents=True)
        self.fetched.write_bytes(b"!" * len(self.content))
        self.assertEqual(model_store.fetch([], str(self.dir / "from")), 0)
        self.assertEqual(self.fetched.read_bytes(), self.content)

    def test_absent_file_fails(self):
        (self.dir / "empty").mkdir()
        self.assertEqual(model_store.fetch([], str(self.dir / "empty")), 1)

    def test_download_falls_back_to_another_state_of_the_repository(self):
        self.write("www/master/models/a/models/p4/a.espdl", "").write_bytes(self.content)
        self.serve(self.dir / "www")
        self.assertEqual(model_store.fetch([], None), 0)
        self.assertEqual(self.fetched.read_bytes(), self.content)

    def test_download_of_another_file_is_not_kept(self):
        for ref in ("pinned", "master"):
            self.write(f"www/{ref}/models/a/models/p4/a.espdl", "").write_bytes(b"?" * len(self.content))
        self.serve(self.dir / "www")
        self.assertEqual(model_store.fetch([], None), 1)
        self.assertFalse(self.fetched.exists())

    def test_download_that_never_ends_is_cut(self):
        self.write("www/pinned/models/a/models/p4/a.espdl", "").write_bytes(self.content * 50)
        self.serve(self.dir / "www")
        self.assertEqual(model_store.fetch([], None), 1)
        self.assertFalse(self.fetched.exists())

    def test_unknown_name(self):
        with self.assertRaises(Failure):
            model_store.fetch(["zebra"], None)


class Index(unittest.TestCase):
    def test_every_entry_is_complete(self):
        index = json.loads(model_store.INDEX.read_text())
        self.assertTrue(index["base"].startswith("https://"))
        seen = set()
        for entry in index["models"]:
            self.assertRegex(entry["sha256"], "^[0-9a-f]{64}$")
            self.assertRegex(entry["ref"], "^[0-9a-f]{40}$")
            self.assertTrue(entry["path"].endswith(f"/{entry['chip']}/{entry['name']}"))
            seen.add((entry["chip"], entry["name"]))
        self.assertEqual(len(seen), len(index["models"]))


if __name__ == "__main__":
    unittest.main()
