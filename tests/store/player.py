"""Run one small program on LangGraph's stores and caches and on ours, sync and async, and write down what happens."""

import asyncio
import importlib
import warnings
from types import SimpleNamespace
from typing import Any

MODULES = ("store.base", "store.memory", "cache.base", "cache.memory")


def library(name: str) -> SimpleNamespace:
    """The names of a library's store and cache modules."""
    modules = [importlib.import_module(f"{name}.{path}") for path in MODULES]
    return SimpleNamespace(**{key: value for module in modules for key, value in vars(module).items()})


class Player:
    """Calls a method or its async twin and keeps the result, or the kind of error."""

    def __init__(self, awaiting: bool) -> None:
        self.awaiting = awaiting
        self.heard: list[Any] = []

    def __call__(self, target, method, *args, **options):
        def act():
            if self.awaiting:
                return asyncio.run(getattr(target, f"a{method}")(*args, **options))
            return getattr(target, method)(*args, **options)

        return self.attempt(act)

    def attempt(self, action):
        """Do something and write its result down, or its error."""
        try:
            result = action()
        except Exception as error:
            self.heard.append(("raised", [kind.__name__ for kind in type(error).__mro__ if kind is not object]))
            return None
        self.note(result)
        return result

    def note(self, what):
        """Write something down."""
        self.heard.append(plain(what))


def plain(value: Any) -> Any:
    """Without times, and scores without their last digits."""
    if callable(getattr(value, "dict", None)):
        return (type(value).__name__, plain({k: v for k, v in value.dict().items() if not k.endswith("_at")}))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


def heard(program, name: str, awaiting: bool) -> list[Any]:
    """What a program hears on one library, in one of the two worlds."""
    player = Player(awaiting)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program(library(name), player)
    return player.heard
