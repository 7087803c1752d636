"""
What the README shows is what happens, and what pages and sources name is there.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

from tests.demo import RememberingServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [*ROOT.glob("*.md"), *ROOT.joinpath("docs").glob("*.md")]


def test_the_first_screen_shows_the_real_output() -> None:
    """
    The first command of the README, run against a real server, prints what stands below it.
    """
    [block, *_] = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    command, _, expected = block.partition("\n")
    server = RememberingServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    place = f"127.0.0.1:{server.server_port}"
    words = command.removeprefix("$ luahost ").replace("127.0.0.1:8080", place).split()

    done = subprocess.run(
        [sys.executable, "-m", "luahost", *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    server.shutdown()
    server.server_close()

    assert done.returncode == 0
    assert re.sub(r"\d+ ms", "3 ms", done.stdout).replace(place, "127.0.0.1:8080") == expected


def test_the_python_example_runs(tmp_path: Path) -> None:
    """
    The Python block runs as it stands, with a URL where nothing listens.
    """
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text("url = 'http://127.0.0.1:1/'\n" + example, "utf-8")

    done = subprocess.run(
        [sys.executable, str(program)], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )

    assert done.returncode == 0, done.stderr
    assert "connection refused" in done.stdout


def test_every_link_leads_somewhere() -> None:
    """
    Links to files of the project, and to headings in them, are right on every page.
    """
    links = [
        (page, link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
        if "://" not in link
    ]

    assert links
    assert [(page, link) for page, link in links if not leads_somewhere(page, link)] == []


def test_every_file_that_is_named_is_there() -> None:
    """
    Files of the project that its pages, or the sources, name by their paths have not moved.
    """
    sources = (file for ending in ("*.py", "*.lua") for file in (ROOT / "luahost").rglob(ending))
    named = {
        (file, path)
        for file in (*PAGES, *sources)
        for path in re.findall(
            r"(?<![\w/.])(?:luahost|tests|benchmarks)/[\w/]+\.(?:py|lua)\b", file.read_text("utf-8")
        )
    }

    assert named
    assert [(file, path) for file, path in named if not (ROOT / path).exists()] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """
    Whether there is such a file, and such a heading in it.
    """
    path, _, heading = link.partition("#")
    file = page.parent / path if path else page
    if not heading:
        return file.exists()
    titles = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
    return heading in (re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles)
