/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The hash of the bundle's tables: FNV-1a, finished by MurmurHash3's mixer. Its keys come
 * from the policy's author, so it need not withstand an adversary; see docs/bundle-format.md.
 */
#ifndef RT_CORE_HASH_H
#define RT_CORE_HASH_H

#include "types.h"

#define RT_HASH_START 2166136261U

/* A state that has taken in more bytes. */
u32 rt_hash_bytes(u32 state, const u8 *bytes, u32 length);

/* A state that has taken in a number, as the file has it: two or four bytes, little-endian. */
u32 rt_hash_u16(u32 state, u32 number);
u32 rt_hash_u32(u32 state, u32 number);

/* The hash of what a state has taken in. */
u32 rt_hash_finish(u32 state);

#endif /* RT_CORE_HASH_H */
