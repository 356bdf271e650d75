"""Build a JupyterLite site that needs no other host: hilnb, the lessons, and the Python that runs them."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from hashlib import sha256
from importlib.metadata import files
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
SETTINGS = ("jupyter-lite.json", "jupyter_lite_config.json", "overrides.json")
PYODIDE = "314.0.6"  # what jupyterlite-pyodide-kernel, as pinned in requirements.txt, expects
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
FROM_SOURCE = ("pyyaml",)  # has no wheel for Pyodide, and does without its compiled part
WITH_HILNB = ("pydantic",)  # a typed question needs it, and the node that asks cannot wait for an installation
PART_OF_THE_PAGE = ("jupyterlab-widgets", "widgetsnbextension")  # ipywidgets requires them; there is no Python in them


def main() -> None:
    """Write the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=HERE / "site", help="where it goes, in place of one that is there")
    parser.add_argument("--pyodide", type=Path, help=f"the npm package pyodide@{PYODIDE}; npm fetches it when left out")
    options = parser.parse_args()
    site = options.site.resolve()
    if site.exists() and not (site / "jupyter-lite.json").exists():
        raise SystemExit(f"{site} is there and is no JupyterLite site: choose another folder, or take it away")
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "recipe"
        add_python(options.pyodide or fetch_pyodide(Path(folder)), recipe / "static" / "pyodide")
        add_lessons(recipe / "files")
        for settings in SETTINGS:
            shutil.copy(HERE / settings, recipe)
        shutil.rmtree(site, ignore_errors=True)
        run("-m", "jupyterlite_core", "build", "--lite-dir", recipe, "--output-dir", site, cwd=recipe)
    shutil.copy(HERE / "index.html", site)  # opens the lessons, and not an empty JupyterLab
    print(f"The site is in {site}. To see it: python -m http.server --directory {site}")


def fetch_pyodide(folder: Path) -> Path:
    """Have npm fetch Pyodide, and return the package's folder."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(f"npm is needed to fetch pyodide@{PYODIDE}: install it, or name a folder with --pyodide")
    subprocess.run([npm, "install", "--silent", "--prefix", folder, f"pyodide@{PYODIDE}"], check=True)
    return folder / "node_modules" / "pyodide"


def add_python(pyodide: Path, folder: Path) -> None:
    """Write Pyodide, all wheels, and the list in which Pyodide looks up what an import needs."""
    found = json.loads((pyodide / "package.json").read_text())["version"]
    if found != PYODIDE:
        raise SystemExit(f"{pyodide} is Pyodide {found}, and the kernel expects {PYODIDE}")
    folder.mkdir(parents=True)
    for name in PYODIDE_FILES:
        shutil.copy(pyodide / name, folder)
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    add_wheels(lock["info"], folder)
    lock["packages"] = packages_of(sorted(folder.glob("*.whl")), lock["info"]["python"])
    (folder / "pyodide-lock.json").write_text(json.dumps(lock, indent=1))


def add_wheels(info: dict[str, str], folder: Path) -> None:
    """Write hilnb's wheel, the kernel's own, and the pinned packages for Pyodide's Python, which is not this one."""
    run("-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=PROJECT)
    for file in files("jupyterlite-pyodide-kernel") or []:
        if file.suffix == ".whl" and file.parent.name == "pypi" and not file.name.startswith(PART_OF_THE_PAGE):
            shutil.copy(file.locate(), folder)
    pins = [line for line in (HERE / "packages.txt").read_text().splitlines() if not line.startswith("#")]
    built = [pin for pin in pins if pin.startswith(FROM_SOURCE)]
    python = "".join(info["python"].split(".")[:2])
    target = [f"--python-version={python}", f"--abi=cp{python}", "--implementation=cp"]
    platform = f"--platform=pyemscripten_{info['abi_version']}_{info['arch']}"
    fetched = ["--only-binary=:all:", *target, platform, *(pin for pin in pins if pin not in built)]
    run("-m", "pip", "download", "-q", "--no-deps", "-d", folder, *fetched)
    # Not from the cache: the wheel there has the compiled part.
    from_source = ["--no-cache-dir", f"--no-binary={','.join(FROM_SOURCE)}", *built]
    run("-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, *from_source, PYYAML_FORCE_LIBYAML="0")


def packages_of(wheels: list[Path], python: str) -> dict[str, dict[str, Any]]:
    """What Pyodide's list says about each wheel.

    Raises:
        SystemExit: A package that one of them requires is missing or of another version.
    """
    packages: dict[str, dict[str, Any]] = {}
    required: dict[str, list[Requirement]] = {}
    for wheel in wheels:
        about = metadata(wheel)
        name = canonicalize_name(about["Name"])
        lines = [*about.get_all("Requires-Dist", []), *(WITH_HILNB if name == "hilnb" else ())]
        required[name] = list(required_in_the_browser(lines, python))
        packages[name] = {
            "name": name,
            "version": about["Version"],
            "file_name": wheel.name,
            "sha256": sha256(wheel.read_bytes()).hexdigest(),
            "install_dir": "site",
            "package_type": "package",
            "imports": modules_in(wheel),
            "depends": sorted(canonicalize_name(requirement.name) for requirement in required[name]),
            "unvendored_tests": False,
        }
    for user, requirements in required.items():
        for requirement in requirements:
            found = packages.get(canonicalize_name(requirement.name), {}).get("version")
            if found is None or not requirement.specifier.contains(found):
                raise SystemExit(f"{user} needs {requirement}, found: {found}. Change lite/packages.txt")
    return packages


def required_in_the_browser(lines: list[str], python: str) -> Iterator[Requirement]:
    """Those of a wheel's requirements that hold in Pyodide, without what is part of the page."""
    here = {
        "extra": "",
        "os_name": "posix",
        "platform_system": "Emscripten",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": "emscripten",
    }
    for requirement in map(Requirement, lines):
        holds = requirement.marker is None or requirement.marker.evaluate(here)
        if holds and canonicalize_name(requirement.name) not in PART_OF_THE_PAGE:
            yield requirement


def metadata(wheel: Path) -> Message:
    """A wheel's own METADATA."""
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode())


def modules_in(wheel: Path) -> list[str]:
    """The names that it is imported by."""
    with ZipFile(wheel) as archive:
        sources = [name for name in archive.namelist() if name.endswith(".py")]
    return sorted({name.partition("/")[0].removesuffix(".py") for name in sources})


def add_lessons(folder: Path) -> None:
    """Copy the lessons, and the pages to which they link."""
    command = ["git", "ls-files", "notebooks", "docs"]
    listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for name in listed.splitlines():
        if not (PROJECT / name).exists():
            continue  # deleted, and not committed yet
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> None:
    """Run this Python."""
    subprocess.run([sys.executable, *arguments], check=True, cwd=cwd, env={**os.environ, **environment})


if __name__ == "__main__":
    main()
