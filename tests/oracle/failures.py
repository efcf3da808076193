"""Programs whose calls fail for good, or are made good by smaller ones: what the need with fallback is about."""

SMALL_PREPEND_FAILS_ON_ONE_PATH_ONLY = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r6 +16)
    if r7 != 0 goto try
    goto go
try:
    r2 = -14
    r1 = r6
    call 44
    if r0 == 0 goto out
go:
    r2 = -128
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""
TRIM_FAILS_BEFORE_A_PREPEND = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r6 +16)
    r7 &= 63
    r7 -= 30
    r2 = r7
    r1 = r6
    call 44
    if r0 == 0 goto out
    r2 = -128
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""
METADATA_FAILS_BEFORE_A_PREPEND = """
fn main:
    r6 = r1
    r2 = -3
    r1 = r6
    call 54
    if r0 == 0 goto out
    r2 = -128
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""
# What fails last counts for the fallback, whatever smaller call failed on another path.
METADATA_FAILS_AT_THE_END = """
fn main:
    r6 = r1
    r2 = -8
    r1 = r6
    call 44
    if r0 != 0 goto out
    r2 = -200
    r1 = r6
    call 54
out:
    r0 = 2
    exit
"""
PREPEND_FAILS_AT_THE_END = """
fn main:
    r6 = r1
    r2 = -4
    r1 = r6
    call 54
    r2 = -128
    r1 = r6
    call 44
    r0 = 2
    exit
"""
PERHAPS_A_TRIM_FAILS_AT_THE_END = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r6 +16)
    r7 &= 63
    r2 = -8
    r1 = r6
    call 44
    if r0 != 0 goto out
    r2 = r7
    r2 += -60
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""
