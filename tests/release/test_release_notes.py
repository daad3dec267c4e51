"""The notes of a release are the section of its tag, and nothing else."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".github/scripts/release_notes.py"
CHANGELOG = """# Changelog

## Unreleased

- Not yet.

## [1.10.0] - 2027-02-01

### Added

- Ten.

### Fixed

- A fault.

## 1.1.0

- One.

## 1.0.0 - 2027-01-01

## 1.1.0-rc.1

- A candidate.

[1.10.0]: https://example.com/1.10.0
"""


def run(tag, changelog=CHANGELOG):
    with tempfile.NamedTemporaryFile("w", suffix=".md") as file:
        file.write(changelog)
        file.flush()
        return subprocess.run([sys.executable, SCRIPT, tag, file.name], capture_output=True, text=True)


class ReleaseNotes(unittest.TestCase):
    def test_section_of_the_tag(self):
        self.assertEqual(run("v1.10.0").stdout, "### Added\n\n- Ten.\n\n### Fixed\n\n- A fault.\n")
        self.assertEqual(run("v1.1.0").stdout, "- One.\n")

    def test_link_definitions_are_left_out(self):
        self.assertEqual(run("v1.1.0-rc.1").stdout, "- A candidate.\n")

    def test_missing_section(self):
        for tag in ("v1.1", "v11.0", "v2.0.0", "v1x1.0"):
            done = run(tag)
            self.assertEqual((done.returncode, done.stdout), (1, ""), tag)
            self.assertIn("0 sections", done.stderr)

    def test_empty_section(self):
        done = run("v1.0.0")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("is empty", done.stderr)

    def test_two_sections(self):
        done = run("v1.1.0", CHANGELOG + "\n## 1.1.0\n\n- Again.\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_changelog_of_the_repository(self):
        done = subprocess.run([sys.executable, SCRIPT, "Unreleased"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("### ", done.stdout)


if __name__ == "__main__":
    unittest.main()
