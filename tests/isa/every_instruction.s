# One of each instruction that LLVM 19 assembles, for tests/isa/test_decode.py.
  .section xdp,"ax",@progbits
  .globl prog
prog:
  r1 = r2
  w1 = w2
  r1 = 0x12345678
  w3 = -20
  r4 = 0x1122334455667788 ll
  r1 += r2
  r1 -= 7
  r1 *= r3
  w1 /= w2
  w1 %= 3
  r1 |= r2
  r1 &= 0xff
  r1 ^= r2
  r1 <<= 3
  r1 >>= r2
  w1 s>>= 5
  r1 = -r1
  w1 = -w1
  r1 s/= r2
  w1 s/= 3
  r1 s%= 5
  w1 s%= w2
  r1 = (s8)r2
  r1 = (s16)r2
  r1 = (s32)r2
  w1 = (s8)w2
  w1 = (s16)w2
  r1 = be16 r1
  r1 = be32 r1
  r1 = be64 r1
  r1 = le16 r1
  r1 = le32 r1
  r1 = le64 r1
  r1 = bswap16 r1
  r1 = bswap32 r1
  r1 = bswap64 r1
  r1 = *(u8 *)(r2 + 1)
  r1 = *(u16 *)(r2 - 2)
  r1 = *(u32 *)(r2 + 4)
  r1 = *(u64 *)(r10 - 8)
  r1 = *(s8 *)(r2 + 1)
  r1 = *(s16 *)(r2 + 2)
  r1 = *(s32 *)(r2 + 4)
  *(u8 *)(r1 + 1) = r2
  *(u16 *)(r1 + 2) = r2
  *(u32 *)(r1 + 4) = w2
  *(u64 *)(r10 - 16) = r2
  *(u8 *)(r1 + 1) = 5
  *(u16 *)(r1 + 2) = 6
  *(u32 *)(r1 + 4) = -7
  *(u64 *)(r10 - 16) = 8
  lock *(u32 *)(r1 + 4) += w2
  lock *(u64 *)(r1 + 8) += r2
  lock *(u64 *)(r1 + 8) |= r2
  lock *(u64 *)(r1 + 8) &= r2
  lock *(u64 *)(r1 + 8) ^= r2
  lock *(u32 *)(r1 + 8) |= w2
  r2 = atomic_fetch_add((u64 *)(r1 + 8), r2)
  w2 = atomic_fetch_add((u32 *)(r1 + 8), w2)
  r2 = atomic_fetch_or((u64 *)(r1 + 8), r2)
  r2 = atomic_fetch_and((u64 *)(r1 + 8), r2)
  r2 = atomic_fetch_xor((u64 *)(r1 + 8), r2)
  r2 = xchg_64(r1 + 8, r2)
  w2 = xchg32_32(r1 + 8, w2)
  r0 = cmpxchg_64(r1 + 8, r0, r2)
  w0 = cmpxchg32_32(r1 + 8, w0, w2)
  r0 = *(u8 *)skb[3]
  r0 = *(u16 *)skb[4]
  r0 = *(u32 *)skb[8]
  r0 = *(u8 *)skb[r2]
  r0 = *(u16 *)skb[r2]
  r0 = *(u32 *)skb[r2]
  r1 = addr_space_cast(r2, 0, 1)
  r1 = addr_space_cast(r2, 1, 0)
back:
  if r1 == r2 goto back
  if r1 != 5 goto back
  if r1 > r2 goto fwd
  if r1 >= 7 goto fwd
  if r1 < r2 goto fwd
  if r1 <= -7 goto fwd
  if r1 s> r2 goto fwd
  if r1 s>= 7 goto fwd
  if r1 s< r2 goto fwd
  if r1 s<= -7 goto fwd
  if r1 & r2 goto fwd
  if r1 & 6 goto fwd
  if w1 == w2 goto fwd
  if w1 != -5 goto fwd
  if w1 > w2 goto fwd
  if w1 >= 7 goto fwd
  if w1 < w2 goto fwd
  if w1 <= -7 goto fwd
  if w1 s> w2 goto fwd
  if w1 s>= 7 goto fwd
  if w1 s< w2 goto fwd
  if w1 s<= -7 goto fwd
  if w1 & w2 goto fwd
  if w1 & 6 goto fwd
  may_goto fwd
  goto fwd
  gotol fwd
  call 44
  call prog
  callx r2
fwd:
  exit
