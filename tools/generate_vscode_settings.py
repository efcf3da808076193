#!/usr/bin/env python3
"""Write the settings of the VS Code extension, `contributes.configuration` in its package.json, from the server's.

usage: generate_vscode_settings.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from xdp_lsp.checks.registry import CODES, manual
from xdp_lsp.headroom import groups, resolve, resolve_senders
from xdp_lsp.ide.choices import driver_choices, group_choices
from xdp_lsp.settings.keys import KEYS, Kind, SettingKey

TARGET = Path(__file__).parents[1] / "editors" / "vscode" / "package.json"
SECTION = "xdp-lsp"

Schema = dict[str, object]

# What the extension itself wants to know; the server is not told.
OWN: dict[str, Schema] = {
    "server": {
        "type": "string",
        "scope": "machine",
        "markdownDescription": "The server to use: an absolute path, or a command on PATH. By default it is looked "
        "for in the Python environment that is chosen in the Python extension, on PATH, and in this extension's "
        "private environment.",
    },
    "duplicateErrors": {
        "type": "boolean",
        "default": False,
        "markdownDescription": "Whether clang's errors for the BPF target are shown at lines where another extension, "
        "such as clangd's or Microsoft's C/C++, shows an error as well.",
    },
    "trace.server": {
        "type": "string",
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "markdownDescription": "What the log holds of the messages between editor and server, once its level is set "
        "to Trace.",
    },
}

# As xdp_lsp/headroom/spec.py reads them.
_TARGET = r"^[^@:\[\]]+(@[^@:\[\]]+|:[^@:\[\]]+|\[[^\[\]]+\]\s*)*$"


def camel(name: str) -> str:
    """`time-limit` as editors spell it: `timeLimit`."""
    return re.sub("-(.)", lambda letter: letter[1].upper(), name)


def settings() -> Schema:
    """The properties of `contributes.configuration`, in the order of the server's table, then the extension's own."""
    named = [(camel(name), schema_of(key)) for name, key in KEYS.items() if not key.for_command_line_only]
    everything = enumerate([*named, *OWN.items()])
    return {f"{SECTION}.{name}": {**schema, "order": order} for order, (name, schema) in everything}


def schema_of(key: SettingKey) -> Schema:
    """The JSON schema of a setting. Its default is for the eye: what is not set is not sent."""
    description = key.description
    if key.unit not in description:
        description += f" In {key.unit}."
    default = _default(key)
    if default is None:
        description += f" Default: {key.default}."
    scope = {"scope": "machine"} if key.from_machine_only else {}
    return {
        **_KINDS[key.kind](key),
        **scope,
        **({} if default is None else {"default": default}),
        "markdownDescription": description,
    }


def _default(key: SettingKey) -> object:
    if key.kind is Kind.CHOICE:
        return key.default
    if key.kind in (Kind.TARGETS, Kind.FLAGS, Kind.NAMES, Kind.BOOLEAN, Kind.NUMBER, Kind.INTEGER):
        try:
            return json.loads(key.default)
        except ValueError:
            return None
    return None


def _targets(_key: SettingKey) -> Schema:
    return _listed({choice.name: choice.detail for choice in (*group_choices(), *driver_choices())})


def _senders(_key: SettingKey) -> Schema:
    drivers = [target.driver for target in resolve(["all"])]
    named = {name: f"want up to {_wanted(name)} bytes" for name in groups()}
    named |= {name: f"wants {_wanted(name)} bytes" for name in drivers}
    return _listed(named)


def _wanted(name: str) -> int:
    return max(sender.wants for sender in resolve_senders([name]))


def _listed(named: dict[str, str]) -> Schema:
    known = {"enum": list(named), "enumDescriptions": list(named.values())}
    other = {
        "pattern": _TARGET,
        "patternErrorMessage": "Write DRIVER[@KERNEL][:MODE][[CONDITION]], a group or bytes.",
    }
    return {"type": "array", "items": {"type": "string", "anyOf": [known, other]}, "uniqueItems": True}


def _severities(key: SettingKey) -> Schema:
    codes = {
        code: {
            "enum": list(key.choices),
            "description": f"{manual(code).title} Default: {module.SEVERITY.value}.",
        }
        for code, module in CODES.items()
    }
    return {"type": "object", "properties": codes, "additionalProperties": False}


def _configurations(_key: SettingKey) -> Schema:
    strings: Schema = {"type": "array", "items": {"type": "string"}}
    properties = {
        "name": {"type": "string", "minLength": 1, "maxLength": 40},
        "flags": strings,
        "files": strings,
    }
    table = {"type": "object", "properties": properties, "required": ["name"], "additionalProperties": False}
    return {"type": "array", "items": table}


def _number(key: SettingKey) -> Schema:
    kind = "number" if key.kind is Kind.NUMBER else "integer"
    unset: Schema = {"type": kind} if _default(key) is not None else {"type": [kind, "null"], "default": None}
    return {**unset, "minimum": key.least, "maximum": key.most}


_KINDS = {
    Kind.TARGETS: _targets,
    Kind.SENDERS: _senders,
    Kind.FLAGS: lambda _key: {"type": "array", "items": {"type": "string"}},
    Kind.CONFIGURATIONS: _configurations,
    Kind.NAMES: lambda _key: {"type": "array", "items": {"type": "string"}},
    Kind.TEXT: lambda _key: {"type": "string"},
    Kind.FOLDER: lambda _key: {"type": "string"},
    Kind.CHOICE: lambda key: {"type": "string", "enum": list(key.choices)},
    Kind.NUMBER: _number,
    Kind.INTEGER: _number,
    Kind.BOOLEAN: lambda _key: {"type": "boolean"},
    Kind.SEVERITIES: _severities,
}


def render(package: str) -> str:
    """The text of package.json with the settings as they are now."""
    contents = json.loads(package)
    contents["contributes"]["configuration"] = {"title": "XDP (xdp-lsp)", "properties": settings()}
    return json.dumps(contents, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    TARGET.write_text(render(TARGET.read_text("utf-8")), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
