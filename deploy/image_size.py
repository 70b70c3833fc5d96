"""What the image adds to its base, summed from the packages that its locks name. `make image-size`.

``--pins`` prints the packages as they are pinned instead, for `make sbom`.

Counted in the environment at hand, file by file as the packages list them; an image engine is not
needed. Left out, as in the image: their tests and their compiled bytecode.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]

# How the Dockerfile takes what settings may ask for out of the other lock.
_TAKEN = re.compile(r"grep -E '([^']+)' requirements-dev\.lock")
_OURS = ("model", "training", "service")


def pins() -> list[str]:
    """What the image installs, as the locks pin it."""
    run = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    dev = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()
    patterns = _TAKEN.findall((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in run if "==" in line]
    return lines + [line for line in dev if any(re.match(pattern, line) for pattern in patterns)]


def size_of(name: str) -> int:
    """Bytes of a package.

    Raises
    ------
    PackageNotFoundError
        It is not installed.
    """
    found = distribution(name)
    paths = [Path(str(found.locate_file(file))) for file in found.files or []]
    return sum(path.stat().st_size for path in paths if _in_image(path) and path.is_file())


def _in_image(path: Path) -> bool:
    return not {"tests", "__pycache__"} & set(path.parts)


def ours() -> int:
    """Bytes of this project's own code and model."""
    return sum(
        path.stat().st_size
        for folder in _OURS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and _in_image(path)
    )


def main() -> int:
    """Print the largest parts and the sum; 1 where a package is missing."""
    if sys.argv[1:] == ["--pins"]:
        print("\n".join(pins()))
        return 0
    try:
        sizes = {name: size_of(name) for name in (pin.partition("==")[0] for pin in pins())}
    except PackageNotFoundError as error:
        print(f"{error.name} is not installed; make the environment with `make test`")
        return 1
    sizes["Storyseam, its model included"] = ours()
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:10]:
        print(f"{size / 1e6:8.1f} MB  {name}")
    print(f"{sum(sizes.values()) / 1e6:8.1f} MB  in all, on top of the base image")
    return 0


if __name__ == "__main__":
    sys.exit(main())
