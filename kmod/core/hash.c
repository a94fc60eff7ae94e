// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "hash.h"

#define FNV_PRIME 16777619U

static u32 add_byte(u32 state, u32 byte)
{
	return (state ^ (byte & 0xff)) * FNV_PRIME;
}

u32 rt_hash_bytes(u32 state, const u8 *bytes, u32 length)
{
	u32 i;

	for (i = 0; i < length; i++)
		state = add_byte(state, bytes[i]);
	return state;
}

u32 rt_hash_u16(u32 state, u32 number)
{
	return add_byte(add_byte(state, number), number >> 8);
}

u32 rt_hash_u32(u32 state, u32 number)
{
	return rt_hash_u16(rt_hash_u16(state, number), number >> 16);
}

u32 rt_hash_finish(u32 state)
{
	state ^= state >> 16;
	state *= 0x85ebca6bU;
	state ^= state >> 13;
	state *= 0xc2b2ae35U;
	state ^= state >> 16;
	return state;
}
