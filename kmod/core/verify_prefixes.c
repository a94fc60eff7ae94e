// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies that few values of a prefix fact can hold of one text. */
#include "verify.h"

/* Whether the string at an offset is a value of the fact; `index` is then the value. */
static bool is_value(const struct rt_bundle *b, u32 fact, u32 offset, u32 length, u32 *index)
{
	u32 state = rt_hash_bytes(rt_hash_u16(RT_HASH_START, fact), rt_strings(b) + offset, length);
	struct rt_slice s = rt_bucket(b, RT_SECTION_VALUE_BUCKETS, rt_hash_finish(state));
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_value *v = rt_value(b, i);

		if (le16_to_cpu(v->fact) == fact && le32_to_cpu(v->data) == offset) {
			*index = i;
			return true;
		}
	}
	return false;
}

/*
 * No value of a fact has too many prefixes that are values too. The prefixes of a string come
 * before it in the order of strings, and what comes between starts with the prefix as well; so
 * one pass with a stack of the prefixes that are still open sees them all.
 */
int rt_check_prefixes(struct rt_check *c, u32 fact)
{
	const u8 *strings = rt_strings(c->b);
	u32 size = rt_count(c->b, RT_SECTION_STRINGS);
	u32 open[RT_MAX_PREFIX_HITS];
	u32 depth = 0;
	u32 start, end, index;

	for (start = 0; start < size; start = end + 1) {
		end = start;
		rt_relax();
		while (strings[end] != 0)
			end++;
		if (!is_value(c->b, fact, start, end - start, &index))
			continue;
		while (depth > 0) {
			const u8 *prefix = strings + open[depth - 1];
			const u8 *text = strings + start;

			while (*prefix != 0 && *prefix == *text) {
				prefix++;
				text++;
			}
			if (*prefix == 0)
				break;
			depth--;
		}
		if (depth == RT_MAX_PREFIX_HITS)
			return rt_refuse(c, RT_SECTION_VALUES, index,
					 "a value has too many prefixes");
		open[depth++] = start;
	}
	return 0;
}
