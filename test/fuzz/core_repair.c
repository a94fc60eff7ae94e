// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Makes a bundle whole again in which something was changed, so that the deeper checks and the evaluator are reached. */
#include "parts.h"

#define SIZE_OF(s, size) [s] = (size),
const u32 item_size[RT_SECTION_COUNT + 1] = { RT_SECTION_TABLE(SIZE_OF) };

/* Which field of which records is a slice of what, in the order of owners. */
static const struct {
	u32 owner;
	u32 field;	/* offset of the slice in the record */
	u32 of;
	u32 next;	/* offset of another slice that follows it, in the same record, or 0 */
} slices[] = {
	{ RT_SECTION_IDENTITIES, 8, RT_SECTION_RULES, 16 },
	{ RT_SECTION_SVIDS, 12, RT_SECTION_TEXTS, 20 },
	{ RT_SECTION_VALUES, 12, RT_SECTION_VALUE_TERMS, 0 },
	{ RT_SECTION_TERMS, 0, RT_SECTION_POSTINGS, 0 },
	{ RT_SECTION_SELECTORS, 4, RT_SECTION_SELECTOR_TERMS, 0 },
	{ RT_SECTION_SERVICES, 12, RT_SECTION_SERVICE_SETS, 0 },
	{ RT_SECTION_TRIE4, 16, RT_SECTION_PORT_RANGES, 0 },
	{ RT_SECTION_TRIE6, 28, RT_SECTION_PORT_RANGES, 0 },
	{ RT_SECTION_NAMES, 8, RT_SECTION_PORT_RANGES, 0 },
	{ RT_SECTION_CONDITIONS, 0, RT_SECTION_INSTRUCTIONS, 0 },
	{ RT_SECTION_EXACT4, 8, RT_SECTION_DESTINATION_SERVICES, 0 },
	{ RT_SECTION_EXACT6, 20, RT_SECTION_DESTINATION_SERVICES, 0 },
	{ RT_SECTION_PORT_RANGES, 4, RT_SECTION_DESTINATION_SERVICES, 0 },
};

static void repair_slice(u8 *slice, u32 *end, u32 size)
{
	u32 count = get(slice + 4);

	if (count > 64 || (*end + count) * size > ROOM)
		count = 1;
	if ((*end + count) * size > ROOM)
		count = 0;
	put(slice, count > 0 ? *end : 0);
	put(slice + 4, count);
	*end += count;
}

/* Lets the slices of each section follow one another, and the section be as long as they are. */
static void repair_slices(void)
{
	u32 ends[RT_SECTION_COUNT + 1] = { [RT_SECTION_RULES] = RT_POSTURES };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(slices); i++) {
		struct section *owner = &sections[slices[i].owner], *of = &sections[slices[i].of];
		u32 record = item_size[slices[i].owner], size = item_size[slices[i].of];
		u32 *end = &ends[slices[i].of];

		for (j = 0; j + record <= owner->size; j += record) {
			repair_slice(owner->bytes + j + slices[i].field, end, size);
			if (slices[i].next)
				repair_slice(owner->bytes + j + slices[i].next, end, size);
		}
		if (*end * size > of->size)
			memset(of->bytes + of->size, 0, *end * size - of->size);
		of->size = *end * size;
	}
}

static u32 entry_hash(u32 table, const u8 *entry)
{
	const struct section *strings = &sections[RT_SECTION_STRINGS], *rules = &sections[RT_SECTION_RULES];
	u32 state = RT_HASH_START;
	u32 data = get(entry + 4), length = get(entry + 8), fact = get(entry) & 0xffff;

	switch (table) {
	case RT_SECTION_NAMES:
		data = get(entry);
		length = get(entry + 4);
		if (data > strings->size || length > strings->size - data)
			return 0;
		return rt_name_hash(strings->bytes + data, length);
	case RT_SECTION_EXACT4:
		return rt_exact_hash(entry, 4, get(entry + 4) & 0xffff);
	case RT_SECTION_EXACT6:
		return rt_exact_hash(entry, 16, get(entry + 16) & 0xffff);
	case RT_SECTION_GRANTS:
		if (get(entry) >= rules->size / RT_RULE_SIZE)
			return 0;
		return rt_grant_hash(get(rules->bytes + get(entry) * RT_RULE_SIZE),
				     get(rules->bytes + get(entry) * RT_RULE_SIZE + 4));
	default:
		state = rt_hash_u16(state, fact);
		if (length == 0)
			return rt_hash_finish(rt_hash_u32(state, data));
		if (data > strings->size || length > strings->size - data)
			return 0;
		return rt_hash_finish(rt_hash_bytes(state, strings->bytes + data, length));
	}
}

/* Puts the entries of a hash table into their buckets. */
static void repair_buckets(u32 buckets, u32 table)
{
	static struct section sorted;
	struct section *s = &sections[table], *offsets = &sections[buckets];
	u32 size = item_size[table], n = offsets->size / 4;
	u32 h, i;

	n = n < 2 || ((n - 1) & (n - 2)) != 0 ? 1 : n - 1;
	offsets->size = 4;
	put(offsets->bytes, 0);
	if (s->size < size)
		return;
	sorted.size = 0;
	for (h = 0; h < n; h++) {
		for (i = 0; i + size <= s->size; i += size) {
			if ((entry_hash(table, s->bytes + i) & (n - 1)) != h)
				continue;
			memcpy(sorted.bytes + sorted.size, s->bytes + i, size);
			sorted.size += size;
		}
		put(offsets->bytes + offsets->size, sorted.size / size);
		offsets->size += 4;
	}
	memcpy(s->bytes, sorted.bytes, sorted.size);
}

/* What the header says that the tables need. */
static void repair_features(void)
{
	static struct rt_bundle b;
	u32 s;

	for (s = 1; s <= RT_SECTION_COUNT; s++) {
		b.section[s].items = sections[s].bytes;
		b.section[s].count = sections[s].size / item_size[s];
	}
	put(header + 28, features_slowly(&b));
}

void repair(void)
{
	repair_buckets(RT_SECTION_VALUE_BUCKETS, RT_SECTION_VALUES);
	repair_buckets(RT_SECTION_GRANT_BUCKETS, RT_SECTION_GRANTS);
	repair_buckets(RT_SECTION_EXACT4_BUCKETS, RT_SECTION_EXACT4);
	repair_buckets(RT_SECTION_EXACT6_BUCKETS, RT_SECTION_EXACT6);
	repair_buckets(RT_SECTION_NAME_BUCKETS, RT_SECTION_NAMES);
	repair_slices();
	repair_features();
}
