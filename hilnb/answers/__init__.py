"""Answers without a person: written down while one answers, and given again when nobody is there.

| module | its one idea |
|---|---|
| `entry` | one question with its answer |
| `answers_file` | a list of them as YAML that people read and edit |
| `recording` | `record`: write down what a person answers |
| `replaying` | `replay`: answer with what was written down, and miss nothing |
"""

from __future__ import annotations

from hilnb.answers.recording import Recording, record
from hilnb.answers.replaying import Replay, replay

__all__ = ["Recording", "Replay", "record", "replay"]
