"""What the recipe of the JupyterLite site refuses, and what it tells Pyodide of a wheel."""

import importlib.util
import sys
from zipfile import ZipFile

import pytest

from tests.lite.site import RECIPE


@pytest.fixture(scope="module")
def recipe():
    found = importlib.util.spec_from_file_location("lite_build", RECIPE / "build.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def wheel(tmp_path):
    """Write a wheel that has metadata and modules, and nothing in them."""

    def write(name, version, *required, modules=()):
        path = tmp_path / f"{name}-{version}-py3-none-any.whl"
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {line}" for line in required)]
        with ZipFile(path, "w") as archive:
            archive.writestr(f"{name}-{version}.dist-info/METADATA", "\n".join(lines))
            for module in modules:
                archive.writestr(module, "")
        return path

    return write


def test_a_wheel_is_listed_with_its_imports_and_what_it_needs_in_a_browser(recipe, wheel):
    asks = wheel(
        *("Asks_Much", "2.0", "six>=1", "pexpect; sys_platform != 'emscripten'", "tests; extra == 'test'"),
        *("old; python_version < '3.12'", "widgetsnbextension~=4.0"),
        modules=("asks/__init__.py", "asks/inner.py", "alone.py"),
    )

    packages = recipe.packages_of([asks, wheel("six", "1.17", modules=["six.py"])], "3.14.2")

    assert packages["asks-much"]["imports"] == ["alone", "asks"]
    assert packages["asks-much"]["depends"] == ["six"]
    assert packages["asks-much"]["file_name"] == asks.name


@pytest.mark.parametrize(("there", "found"), [([], "None"), ([("six", "1.0")], r"1\.0")])
def test_a_requirement_that_is_missing_or_too_old_ends_the_build(recipe, wheel, there, found):
    wheels = [wheel("asks", "2.0", "six>=1.16"), *(wheel(*each) for each in there)]

    with pytest.raises(SystemExit, match=rf"asks needs six>=1\.16, found: {found}\. Change lite/packages\.txt"):
        recipe.packages_of(wheels, "3.14.2")


def test_a_folder_that_is_no_site_is_not_replaced(recipe, tmp_path, monkeypatch):
    (tmp_path / "thesis.txt").write_text("years of work")
    monkeypatch.setattr(sys, "argv", ["build.py", "--site", str(tmp_path)])

    with pytest.raises(SystemExit, match="is no JupyterLite site"):
        recipe.main()

    assert (tmp_path / "thesis.txt").exists()


def test_another_pyodide_than_the_kernel_expects_is_refused(recipe, tmp_path):
    (tmp_path / "package.json").write_text('{"version": "0.29.0"}')

    with pytest.raises(SystemExit, match=rf"is Pyodide 0\.29\.0, and the kernel expects {recipe.PYODIDE}"):
        recipe.add_python(tmp_path, tmp_path / "python")


def test_every_package_is_pinned_once(recipe):
    lines = (RECIPE / "packages.txt").read_text().splitlines()
    names = [line.partition("==")[0] for line in lines if not line.startswith("#")]

    assert all("==" in line for line in lines if not line.startswith("#"))
    assert names == sorted({*names})
