/** What stands before each line that the tests print, among all else that the extension host says. */
export const MARK = "[xdp-lsp test] ";
