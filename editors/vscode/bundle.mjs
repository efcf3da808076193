// Fills dist/bundle with what src/environment.ts makes a private Python environment of: the wheel of the server, built
// from this tree, those of its dependencies, and pip; and puts the example beside it. $PYTHON (python3) needs pip.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const requirements = join(here, "bundle");
const bundle = join(here, "dist", "bundle");

function pip(...args) {
  execFileSync(process.env.PYTHON || "python3", ["-m", "pip", ...args], { cwd: here, stdio: "inherit" });
}

rmSync(bundle, { recursive: true, force: true });
mkdirSync(bundle, { recursive: true });

// Wheels for any system and every Python from 3.10, whichever runs this.
const pure = ["--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.10"];
for (const file of ["server.txt", "pip.txt"]) {
  const wanted = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", join(requirements, file)];
  pip("download", "--quiet", "--disable-pip-version-check", ...pure, ...wanted, "--dest", bundle);
}

// Built twice from one tree it is the same, byte by byte.
pip("wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", bundle, join(here, "..", ".."));

// With the hash of the server's wheel, server.txt names each byte that is installed: it is also the bundle's identity.
const wheel = readdirSync(bundle).find((name) => name.startsWith("xdp_lsp-"));
const digest = createHash("sha256").update(readFileSync(join(bundle, wheel))).digest("hex");
const own = `xdp-lsp==${wheel.split("-")[1]} --hash=sha256:${digest}\n`;
writeFileSync(join(bundle, "server.txt"), readFileSync(join(requirements, "server.txt"), "utf8") + own);
copyFileSync(join(here, "..", "..", "examples", "gue_encap.c"), join(here, "dist", "gue_encap.c"));
for (const file of ["libclang.txt", "clang.txt"]) {
  copyFileSync(join(requirements, file), join(bundle, file));
}
