// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libFuzzer target of the core: opens a bundle and, when it is accepted, asks it questions and holds each answer
 * against brute force. The input is that of test/core/query.h; core_mutate.c changes it. Run: make -C kmod/core fuzz
 */
#include <stdlib.h>
#include <string.h>
#include "ask.h"
#include "hash.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct cursor c = { data, data + size };
	size_t claimed = take_number(&c, 4);
	size_t length = claimed < (size_t)(c.end - c.p) ? claimed : (size_t)(c.end - c.p);
	void *file = exact_copy(take(&c, length), length);
	struct rt_bundle b;
	struct rt_fault fault;
	struct rt_verdict v;
	struct query q;
	int code = rt_bundle_open(&b, file, length, &fault);

	while (next_query(&c, &q)) {
		answer(&b, &q, &v);
		if (code == 0)
			check_answer(&b, &q, &v);
		else if (v.action != RT_ACTION_DENY || v.rule != RT_NONE)
			abort();	/* a bundle that was refused denies everything */
		free_query(&q);
	}
	if (code == 0)
		ask_what_it_suggests(&b, rt_hash_bytes(RT_HASH_START, data, (u32)size), 16);
	else if (fault.section > RT_SECTION_COUNT || strlen(fault.reason) == 0)
		abort();
	free(file);
	return 0;
}
