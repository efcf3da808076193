"""The settings of the VS Code extension are the server's: same keys, same values, nothing sent that is not set."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

from xdp_lsp.settings.keys import KEYS
from xdp_lsp.settings.load import load_settings

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "editors" / "vscode" / "package.json"
PROPERTIES = json.loads(PACKAGE.read_text("utf-8"))["contributes"]["configuration"]["properties"]
generator = SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "generate_vscode_settings.py")))


def servers_own() -> dict[str, dict[str, object]]:
    """The settings that the extension passes on, by their names without the section."""
    named = {name.removeprefix("xdp-lsp."): schema for name, schema in PROPERTIES.items()}
    return {name: schema for name, schema in named.items() if name not in generator.OWN}


def test_the_package_has_the_settings_that_the_server_has_now() -> None:
    written = PACKAGE.read_text("utf-8")
    assert generator.render(written) == written, "run tools/generate_vscode_settings.py"


def test_each_key_of_the_server_is_a_setting_and_each_setting_a_key() -> None:
    wanted = {key.field for key in KEYS.values() if not key.for_command_line_only}
    assert {"".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in servers_own()} == wanted


def test_the_server_takes_every_value_that_is_offered(tmp_path: Path) -> None:
    """Every word of an enum, each target and sender of the lists, both ends of a range, each severity."""
    for name, schema in servers_own().items():
        for value in offered(schema):
            _, problems = load_settings(tmp_path, {name: value})
            assert not problems, (name, value, problems)


def offered(schema: dict[str, object]) -> list[object]:
    match schema:
        case {"items": {"anyOf": [{"enum": words}, *_]}}:
            return [[word] for word in words]  # type: ignore[attr-defined]
        case {"properties": properties}:
            return [{c: level} for c, one in properties.items() for level in one["enum"]]  # type: ignore[attr-defined]
        case {"enum": words}:
            return list(words)  # type: ignore[call-overload, no-any-return]
        case {"minimum": least, "maximum": most}:
            return [least, most]
        case {"type": "boolean"}:
            return [True, False]
    return [None]


def test_what_runs_on_the_machine_is_not_set_by_a_workspace() -> None:
    here = {name for name, schema in PROPERTIES.items() if schema.get("scope") == "machine"}
    assert here == {"xdp-lsp.server", "xdp-lsp.clang", "xdp-lsp.kernelCheck"}


def test_the_default_that_is_shown_is_the_servers(tmp_path: Path) -> None:
    """A default that is shown as a value: set by hand, it changes nothing."""
    usual, _ = load_settings(tmp_path)
    shown = {name: schema["default"] for name, schema in servers_own().items() if "default" in schema}
    chosen, problems = load_settings(tmp_path, shown)
    assert not problems
    assert chosen._replace(origins=(), flags_folder="") == usual
    assert len(shown) > 5


def test_a_folder_that_is_not_trusted_sets_nothing_of_the_server() -> None:
    capabilities = json.loads(PACKAGE.read_text("utf-8"))["capabilities"]
    withheld = set(capabilities["untrustedWorkspaces"]["restrictedConfigurations"])
    of_machine = {name for name, schema in PROPERTIES.items() if schema.get("scope") == "machine"}
    assert withheld | of_machine >= {f"xdp-lsp.{name}" for name in servers_own()}
