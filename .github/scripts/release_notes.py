#!/usr/bin/env python3
"""Prints the notes of a release: the section of CHANGELOG.md for a tag. Fails if there is none, or if it is empty.

    release_notes.py TAG [CHANGELOG]"""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"


def notes(tag, changelog):
    """The text below the heading `## 1.2.3`, `## [1.2.3]` or `## 1.2.3 - 2026-11-26`, up to the next heading of that level."""
    version = re.escape(tag.removeprefix("v"))
    sections = re.split(r"^## +", changelog, flags=re.MULTILINE)[1:]
    found = [body for heading, _, body in (it.partition("\n") for it in sections) if re.fullmatch(rf"\[?{version}\]?( .*)?", heading.strip())]
    if len(found) != 1:
        raise ValueError(f"{len(found)} sections of the changelog are of {tag}, 1 is wanted")
    # Definitions of links at the end of the file belong to headings.
    text = re.sub(r"^\[[^\]]+\]: \S+\n?", "", found[0], flags=re.MULTILINE).strip()
    if not text:
        raise ValueError(f"the changelog's section of {tag} is empty")
    return text + "\n"


def main(tag, changelog=CHANGELOG):
    try:
        sys.stdout.write(notes(tag, Path(changelog).read_text()))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
