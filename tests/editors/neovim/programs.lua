--- Sources to open.
local M = {}

M.HEAD = [[
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
]]

M.TOO_MUCH = M.HEAD
  .. [[
SEC("xdp") int prog(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -300))
		return XDP_ABORTED;
	return XDP_TX;
}
]]

--- Letters of one, two and three units in UTF-16, two, three and four in UTF-8, before the call.
M.NON_ASCII = M.TOO_MUCH:gsub('\tif %(', '\t/* é漢😋 */ if (')

M.FITS = M.TOO_MUCH:gsub('300', '16')
M.BROKEN = M.TOO_MUCH:gsub('XDP_TX;', 'XDP_TXX;')

return M
