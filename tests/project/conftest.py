"""Repositories on disk whose build files are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from xdp_lsp.project import Layer
from xdp_lsp.project.build_files import layers_from_build_files


class Repository:
    """A repository below a test's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / ".git").mkdir(parents=True)

    def write(self, name: str, text: str = "") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def layers(self, source: str) -> tuple[Layer, ...]:
        """What its build files say of the file of that name, which is made if there is none."""
        path = self.root / source
        if not path.exists():
            self.write(source)
        return layers_from_build_files(str(path), self.root)

    def layer(self, source: str) -> Layer:
        [layer] = self.layers(source)
        return layer

    def flags(self, source: str) -> list[str]:
        """The flags that are kept, folders of the repository relative to its root."""
        return [
            flag.replace(f"{self.root}/", "") for layer in self.layers(source) for flag in layer.flags.kept
        ]

    def left_out(self, source: str) -> dict[str, str]:
        """The flags that are left out, and why."""
        return {
            flag.replace(f"{self.root}/", ""): why
            for layer in self.layers(source)
            for flag, why in layer.flags.dropped
        }


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


@pytest.fixture
def write(repository: Repository) -> Callable[..., Path]:
    return repository.write
