import { fileURLToPath } from "node:url";
import * as path from "node:path";

/** The folder of the extension, editors/vscode. */
export const EXTENSION = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
export const REPOSITORY = path.resolve(EXTENSION, "..", "..");
export const VSIX = path.join(EXTENSION, "dist", "xdp-lsp.vsix");
/** What the suites are bundled into; below the extension, so that mocha is found. */
export const BUNDLES = path.join(EXTENSION, "dist", "test");
