/* For sources that state how libxdp's dispatcher is to run them, where libxdp is not installed: data, no code. */
#ifndef __XDP_HELPERS_H
#define __XDP_HELPERS_H

#define XDP_METADATA_SECTION ".xdp_run_config"
#define XDP_DEFAULT_RUN_PRIO 50
#define XDP_DEFAULT_CHAIN_CALL_ACTIONS (1 << XDP_PASS)
#define XDP_RUN_CONFIG(name) _##name SEC(XDP_METADATA_SECTION)

#endif
