"""What `make flame` looks at: the one-core pipeline over invented pages, model loaded first.

    make flame

py-spy samples this process and draws docs/flame.svg. Pages are read from a file and written to
one, as `storyseam bulk` with one worker does it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

__all__ = ["work"]


def work(pages: int, size: int) -> float:
    """Pages a second of processor time over so many pages of so many bytes."""
    from model.segmenter import Segmenter
    from service.bulk import run_bulk
    from service.scale.pages import Pages, write_lines

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "pages.jsonl"
        vocabulary = Segmenter.load().classifiers.space.table.vocabulary
        write_lines(source, Pages(vocabulary), pages, size)
        begun = time.process_time()
        run_bulk(str(source), f"{folder}/out.jsonl", progress=False)
        return pages / (time.process_time() - begun)


def main() -> None:
    """Work, and say how fast it went."""
    parser = argparse.ArgumentParser(prog="python -m service.scale.flame", description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--size", type=int, default=8_000, help="bytes of each")
    asked = parser.parse_args()
    print(f"{work(asked.pages, asked.size):.0f} pages a second")


if __name__ == "__main__":
    main()
