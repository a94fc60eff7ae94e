/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A bundle that was taken apart to be changed: core_mutate.c changes it, core_repair.c makes it whole again. */
#ifndef RT_FUZZ_PARTS_H
#define RT_FUZZ_PARTS_H

#include <string.h>
#include "query.h"
#include "tables.h"

/* Bytes that a section can grow to. */
#define ROOM 16384

struct section {
	u32 size;
	u8 bytes[ROOM];
};

extern u8 header[RT_HEADER_SIZE];
extern struct section sections[RT_SECTION_COUNT + 1];
extern const u32 item_size[RT_SECTION_COUNT + 1];

static inline u32 get(const u8 *p)
{
	u32 n;

	memcpy(&n, p, sizeof(n));
	return n;
}

static inline void put(u8 *p, u32 n)
{
	memcpy(p, &n, sizeof(n));
}

/* Makes slices, buckets and features right again. */
void repair(void);

#endif /* RT_FUZZ_PARTS_H */
