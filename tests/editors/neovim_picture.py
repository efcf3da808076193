"""Makes docs/images/neovim*.png: the screen of a real Neovim, as tmux has it, drawn by Chromium.

python -m tests.editors.neovim_picture docs/images
"""

from __future__ import annotations

import re
import shutil
import subprocess  # noqa: TID251 - the browser that draws
import sys
import tempfile
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does

from installed import ROOT
from neovim_tests import Neovim
from rich.console import Console
from rich.text import Text
from terminal import Terminal

COLUMNS, ROWS = 126, 48
CELL = 9, 19  # pixels
INIT = """
vim.o.termguicolors, vim.o.tabstop, vim.o.showcmd, vim.o.ruler = true, 4, false, false
vim.o.laststatus, vim.o.cmdheight, vim.o.signcolumn = 2, 1, 'yes'
vim.o.winborder = 'rounded'
for _, group in ipairs({ 'LspCodeLens', 'LspInlayHint' }) do
  vim.api.nvim_set_hl(0, group, { fg = '#9b9ea4', italic = true })
end
vim.o.statusline = " %t %=%{v:lua.require'xdp_lsp'.status()} "
vim.diagnostic.config({ virtual_text = false })
"""
PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 8px; background: #14161b }}
pre {{ margin: 0; font: 15px/19px 'DejaVu Sans Mono', monospace; color: #e0e2ea }}
</style><pre>{code}</pre>"""  # Neovim's own colours; rich fills in the rest


def html(screen: str) -> str:
    """A page of what `tmux capture-pane -e` gives; underlines are all straight, in the colour of the text."""
    plain = re.sub(r"\x1b\[58[;:][\d;:]*m|\x1b\[59m", "", screen)
    plain = re.sub(r"\x1b\[4:\d+m", "\x1b[4m", plain)
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(plain), no_wrap=True, crop=True)
    return console.export_html(inline_styles=True, code_format=PAGE)


def draw(screen: str, image: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "screen.html"
        page.write_text(html(screen))
        size = f"{COLUMNS * CELL[0] + 24},{ROWS * CELL[1] + 16}"
        chromium = shutil.which("chromium")
        assert chromium is not None, "chromium draws the picture"
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/data",
        ]
        command = [chromium, *flags, f"--window-size={size}", f"--screenshot={image}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as own:
        neovim = Neovim(Path(own), "nvim")
        with neovim.init.open("a") as init:
            init.write(INIT)
        files = neovim.folder / "files"
        shutil.copy(ROOT / "examples" / "gue_encap.c", files)
        program = [neovim.executable, "-n", "gue_encap.c"]
        with Terminal(program, files, neovim.environment, columns=COLUMNS, rows=ROWS) as screen:
            screen.type(":34\nzt:58\n")
            screen.wait("needs 176 of 152 B", "short by 24 on", limit=60)
            screen.type("fh:belowright XdpBytecode\n")
            screen.wait("call bpf_xdp_adjust_head", "umin=52,umax=176", limit=60)
            screen.type(":resize 13\n")
            screen.press("C-w", "p")
            screen.type(":34\nzt:58\n:echo\n")
            screen.wait_until(lambda text: "needs 176" in text and ":" not in text.splitlines()[-1])
            screen.wait_until(lambda _: ") call" not in screen.colours(), "shows the colours of the code")
            draw(screen.colours(), folder / "neovim.png")
            screen.type(":only\nzbK:echo\n")
            screen.wait("176 this call", "104 left")
            screen.wait_until(lambda text: "**" not in text)
            draw(screen.colours(), folder / "neovim-hover.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
