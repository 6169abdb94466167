"""Word lists made to hurt. They come with the package, but people edit them, and forks bring their own."""

from __future__ import annotations

TOMLS: dict[str, str] = {
    "empty": "",
    "not TOML": "<html>",
    "half a line": "a = ",
    "same key twice": "a = 1\na = 2",
    "table twice": "[a]\nb = 1\n[a]\nb = 2",
    "table over a value": "a = 1\n[a]\nb = 1",
    "string without an end": 'a = "abc',
    "NUL": 'a = "\0"',
    "control character": 'a = "\x1b[2J"',
    "bad escape": 'a = "\\x41"',
    "surrogate escape": 'a = "\\ud800"',
    "number of 10,000 digits": "a = " + "9" * 10_000,
    "date that is none": "a = 2026-13-45",
    "20,000 levels of arrays": "a = " + "[" * 20_000,
    "2,000 levels of dotted keys": ".".join("a" * 2_000) + " = 1",
    "20,000 levels of inline tables": "a = " + "{b = " * 20_000,
    "byte order mark": "\ufeffa = 1",
    "Python in it": "a = __import__('os').system('x')",
    "YAML tag": "!!python/object/apply:os.system ['x']",
}
TABLES: dict[str, dict[str, object]] = {
    "unknown key": {"name": "a", "about": "b", "exec": "c"},
    "missing key": {"name": "a"},
    "list for text": {"name": ["a"], "about": "b"},
    "number for text": {"name": 1, "about": "b"},
    "table for text": {"name": {}, "about": "b"},
    "truth for text": {"name": True, "about": "b"},
    "key with a dot": {"name": "a", "about": "b", "a.b": "c"},
    "dunder": {"name": "a", "about": "b", "__class__": "c"},
}
