/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Fixed-width types and little-endian loads: the kernel's own in the kernel, and
 * the same names for a freestanding compiler elsewhere.
 */
#ifndef RT_CORE_TYPES_H
#define RT_CORE_TYPES_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <asm/byteorder.h>

/* In long work that may sleep: lets others have the processor. */
static inline void rt_relax(void)
{
	cond_resched();
}

#else

#ifndef RT_FREESTANDING
#error "outside the kernel, build the core with -DRT_FREESTANDING"
#endif

#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u16 __le16;
typedef u32 __le32;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define le16_to_cpu(x) ((u16)(x))
#define le32_to_cpu(x) ((u32)(x))
#elif __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define le16_to_cpu(x) __builtin_bswap16(x)
#define le32_to_cpu(x) __builtin_bswap32(x)
#else
#error "a byte order that is neither little- nor big-endian"
#endif

static inline void rt_relax(void)
{
}

#define static_assert _Static_assert
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif /* __KERNEL__ */

#endif /* RT_CORE_TYPES_H */
