"""What is in the package of the VS Code extension, as it would go to the marketplace."""

from __future__ import annotations

import json
import re
from email import message_from_string
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version
from vscode import EXTENSION, build

import xdp_lsp

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
# What each system has its own of: from the package index.
NOT_PURE = {"libclang", "ziglang"}


@pytest.fixture(scope="module")
def package() -> ZipFile:
    return ZipFile(build())


@pytest.fixture(scope="module")
def manifest(package: ZipFile) -> dict[str, Any]:
    return json.loads(package.read("extension/package.json"))


@pytest.fixture(scope="module")
def wheels(package: ZipFile) -> dict[str, Version]:
    """The version of each distribution in the bundle, by its name."""
    names = [PurePosixPath(name).name for name in package.namelist() if name.endswith(".whl")]
    return {str(name): version for name, version, _, _ in map(parse_wheel_filename, names)}


def files(package: ZipFile) -> set[str]:
    return {name.removeprefix("extension/") for name in package.namelist() if name.startswith("extension/")}


def test_nothing_is_in_it_but_what_is_used(package: ZipFile) -> None:
    wanted = re.compile(
        r"(package\.json|readme\.md|changelog\.md|LICENSE\.txt|THIRD_PARTY\.md"
        r"|dist/(extension\.js|NOTICES\.txt|bundle/(\w+-[\w.]+-(py2\.)?py3-none-any\.whl|(server|clang|libclang)\.txt))"
        r"|dist/gue_encap\.c|images/[\w-]+\.png|walkthrough/[\w-]+\.md)"
    )
    assert [name for name in files(package) if not wanted.fullmatch(name)] == []
    assert b"sourceMappingURL" not in package.read("extension/dist/extension.js")


def test_it_carries_the_server_of_this_version(manifest: dict[str, Any], wheels: dict[str, Version]) -> None:
    assert manifest["version"] == xdp_lsp.__version__ == str(wheels["xdp-lsp"])


@pytest.mark.parametrize("python", PYTHONS)
def test_the_bundle_is_whole(package: ZipFile, wheels: dict[str, Version], python: str) -> None:
    """Each wheel runs on `python`, and what it depends on there is among them in a version that will do."""
    for name in package.namelist():
        if not name.endswith(".whl"):
            continue
        with package.open(name) as file, ZipFile(file) as wheel:
            (metadata,) = (one for one in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one))
            about = message_from_string(wheel.read(metadata).decode())
        assert Requirement(f"python{about['Requires-Python']}").specifier.contains(python), name
        for text in about.get_all("Requires-Dist", []):
            needs = Requirement(text)
            there = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
            if (needs.marker is None or needs.marker.evaluate(there)) and needs.name not in NOT_PURE:
                assert wheels.get(canonicalize_name(needs.name), "none") in needs.specifier, (
                    f"{name}: {needs}"
                )


@pytest.mark.parametrize("name", sorted(NOT_PURE))
def test_what_the_index_is_asked_for_will_do(package: ZipFile, name: str) -> None:
    text = package.read(f"extension/dist/bundle/{'clang' if name == 'ziglang' else name}.txt").decode()
    (asked,) = (Requirement(line) for line in text.splitlines() if not line.startswith("#"))
    (pin,) = asked.specifier
    (metadata,) = (one for one in package.namelist() if "/xdp_lsp-" in one)
    with package.open(metadata) as file, ZipFile(file) as wheel:
        about = message_from_string(wheel.read(f"xdp_lsp-{xdp_lsp.__version__}.dist-info/METADATA").decode())
    needs = next(one for one in map(Requirement, about.get_all("Requires-Dist", [])) if one.name == name)
    assert asked.name == name and pin.version in needs.specifier


def test_whose_the_parts_are_is_told(package: ZipFile, wheels: dict[str, Version]) -> None:
    third_party = package.read("extension/THIRD_PARTY.md").decode()
    told = {canonicalize_name(name) for name in re.findall(r"`dist/bundle/(\w+)`", third_party)}
    assert told == set(wheels)
    for name in filter(lambda name: name.endswith(".whl"), package.namelist()):
        with package.open(name) as file, ZipFile(file) as wheel:
            texts = [PurePosixPath(one).name for one in wheel.namelist() if ".dist-info/licenses/" in one]
        assert any(text.startswith("LICENSE") for text in texts), name
        assert ("THIRD_PARTY.md" in texts) == ("/xdp_lsp-" in name)
    assert "\nvscode-languageclient " in package.read("extension/dist/NOTICES.txt").decode()


def test_pages_show_what_is_there(package: ZipFile, manifest: dict[str, Any]) -> None:
    """Images of the README and the walkthrough, and the icon."""
    shown = {manifest["icon"]}
    shown |= set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", package.read("extension/readme.md").decode()))
    for walkthrough in manifest["contributes"]["walkthroughs"]:
        for step in walkthrough["steps"]:
            media = step["media"]
            shown |= {media.get("image") or media["markdown"]}
    assert len(shown) > 3
    assert shown <= files(package)


def test_the_changelog_has_this_version(package: ZipFile) -> None:
    assert f"## {xdp_lsp.__version__}\n" in package.read("extension/changelog.md").decode()


def test_the_requirements_are_those_that_are_pinned() -> None:
    """Every requirement names one version and its hash: what is packaged is what was looked at."""
    for name in ("server.txt", "pip.txt"):
        lines = (EXTENSION / "bundle" / name).read_text().splitlines()
        pins = [line for line in lines if not line.startswith("#")]
        assert pins and all(re.fullmatch(r"[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", pin) for pin in pins)
