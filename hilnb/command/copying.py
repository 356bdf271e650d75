"""The notebooks that come with hilnb, the lessons and a template, and copying one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from hilnb.errors import did_you_mean

__all__ = ["NotCopiedError", "copy_notebook", "listing"]

_PACKAGE = Path(__file__).parent.parent


class NotCopiedError(Exception):
    """No notebook was copied; the text says why, and what to do."""


def copy_notebook(name: str, folder: str | Path = ".") -> Path:
    """Copy a notebook into a folder, which is made if it is not there. Nothing is ever overwritten.

    Args:
        name: "template", or a lesson by its number ("1", "01") or the beginning of its name.
        folder: Where to.

    Returns:
        The copy.

    Raises:
        NotCopiedError: There is no such notebook, or the folder has one already, or it cannot be written.
    """
    source = _found(name)
    copy = Path(folder) / source.name
    if copy.exists():
        raise NotCopiedError(
            f"{copy} is there already, and stays as it is. Rename it, or copy into another folder: "
            f"hilnb new {name} FOLDER"
        )
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("xb") as made, source.open("rb") as given:  # x: nobody may have made it meanwhile
            shutil.copyfileobj(given, made)
    except OSError as error:
        raise NotCopiedError(f"{copy} cannot be written: {error.strerror}. Name another folder.") from None
    return copy


def listing() -> str:
    """What can be copied, with the title of each notebook."""
    notebooks = _notebooks()
    width = max(map(len, notebooks))
    lines = [f"  {name:{width}}  {_title(path)}" for name, path in notebooks.items()]
    return "\n".join(["Copy one of these with: hilnb new NAME [FOLDER]", "", *lines])


def _notebooks() -> dict[str, Path]:
    """The notebooks by name, without the index: its links and pictures are of the folder it lies in.

    The lessons lie in the package, or where hilnb is installed from a checkout, beside it.
    """
    inside, beside = _PACKAGE / "lessons", _PACKAGE.parent / "notebooks"
    lessons = sorted((inside if inside.is_dir() else beside).glob("[0-9][0-9]_*.ipynb"))
    template = Path(__file__).with_name("template.ipynb")
    return {path.stem: path for path in [template, *lessons] if not path.stem.startswith("00_")}


def _found(name: str) -> Path:
    notebooks = _notebooks()
    wanted = name.removesuffix(".ipynb")
    wanted = f"{int(wanted):02}_" if wanted.isdecimal() else wanted
    matching = [known for known in notebooks if known.startswith(wanted)]
    if wanted in notebooks:
        return notebooks[wanted]
    if wanted and len(matching) == 1:
        return notebooks[matching[0]]
    raise NotCopiedError(f"No notebook is called {name!r}{did_you_mean(wanted, notebooks)}.\n\n{listing()}")


def _title(notebook: Path) -> str:
    """Its first heading."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "".join(cells[0]["source"]) if cells else ""
    return text.partition("\n")[0].lstrip("# ")
