// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Changes a bundle as one who knows the format would. Blind changes break a size, an offset or a bucket and are refused
 * at the door; so the bundle is taken apart into sections, one thing is changed, and most of the time sizes, slices and
 * buckets are made right again, so that the deeper checks and the evaluator are reached.
 */
#include <stdlib.h>
#include <string.h>
#include "query.h"
#include "tables.h"

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed);

#define TABLE_END (RT_HEADER_SIZE + RT_SECTION_COUNT * RT_SECTION_SIZE)
#define ROOM 16384

#define SIZE_OF(s, size) [s] = (size),
static const u32 item_size[RT_SECTION_COUNT + 1] = { RT_SECTION_TABLE(SIZE_OF) };

/* Which field of which records is a slice of what, in the order of owners. */
static const struct {
	u32 owner;
	u32 field;	/* offset of the slice in the record */
	u32 of;
	u32 start;
} slices[] = {
	{ RT_SECTION_VALUES, 12, RT_SECTION_VALUE_TERMS, 0 },
	{ RT_SECTION_TERMS, 0, RT_SECTION_POSTINGS, 0 },
	{ RT_SECTION_SELECTORS, 4, RT_SECTION_SELECTOR_TERMS, 0 },
	{ RT_SECTION_IDENTITIES, 8, RT_SECTION_RULES, RT_POSTURES },
	{ RT_SECTION_SERVICES, 12, RT_SECTION_SERVICE_SETS, 0 },
	{ RT_SECTION_TRIE4, 16, RT_SECTION_PORT_RANGES, 0 },
	{ RT_SECTION_TRIE6, 28, RT_SECTION_PORT_RANGES, 0 },
	{ RT_SECTION_EXACT4, 8, RT_SECTION_DESTINATION_SERVICES, 0 },
	{ RT_SECTION_EXACT6, 20, RT_SECTION_DESTINATION_SERVICES, 0 },
	{ RT_SECTION_PORT_RANGES, 4, RT_SECTION_DESTINATION_SERVICES, 0 },
};

struct section {
	u32 size;
	u8 bytes[ROOM];
};

static u8 header[RT_HEADER_SIZE];
static struct section sections[RT_SECTION_COUNT + 1];
static u8 questions[ROOM];
static size_t questions_size;

static u32 get(const u8 *p)
{
	u32 n;

	memcpy(&n, p, sizeof(n));
	return n;
}

static void put(u8 *p, u32 n)
{
	memcpy(p, &n, sizeof(n));
}

static u32 pick(u32 below)
{
	return below > 0 ? (u32)rand() % below : 0;
}

/* False when this is not even the outline of a bundle. */
static bool take_apart(const u8 *data, size_t size)
{
	const u8 *file = data + 4;
	size_t length;
	u32 s;

	if (size < 4 + TABLE_END || get(data) > size - 4 || get(data) < TABLE_END)
		return false;
	length = get(data);
	memcpy(header, file, RT_HEADER_SIZE);
	for (s = 1; s <= RT_SECTION_COUNT; s++) {
		const u8 *entry = file + RT_HEADER_SIZE + (s - 1) * RT_SECTION_SIZE;
		size_t offset = get(entry + 4), bytes = (size_t)get(entry + 8) * item_size[s];

		if (offset > length || bytes > length - offset || bytes > ROOM)
			return false;
		sections[s].size = (u32)bytes;
		memcpy(sections[s].bytes, file + offset, bytes);
	}
	questions_size = size - 4 - length;
	if (questions_size > ROOM)
		return false;
	memcpy(questions, file + length, questions_size);
	return true;
}

/* The size of the input, or 0 when it does not fit. */
static size_t put_together(u8 *data, size_t max)
{
	u32 end = TABLE_END, s;
	u8 *file = data + 4;

	for (s = 1; s <= RT_SECTION_COUNT; s++)
		end = ((end + 7) & ~7U) + sections[s].size;
	if (4 + end + questions_size > max)
		return 0;
	memset(data, 0, 4 + end);
	put(data, end);
	put(header + 8, end);
	memcpy(file, header, RT_HEADER_SIZE);
	memcpy(file + end, questions, questions_size);
	end = TABLE_END;
	for (s = 1; s <= RT_SECTION_COUNT; s++) {
		u8 *entry = file + RT_HEADER_SIZE + (s - 1) * RT_SECTION_SIZE;

		end = (end + 7) & ~7U;
		put(entry, s | item_size[s] << 16);
		put(entry + 4, end);
		put(entry + 8, sections[s].size / item_size[s]);
		memcpy(file + end, sections[s].bytes, sections[s].size);
		end += sections[s].size;
	}
	return 4 + end + questions_size;
}

static void change_number(struct section *s)
{
	static const u32 odd[] = { 0, 1, 2, 7, 8, 31, 32, 33, 128, 255, 256, 1024, 4096, 65535, RT_NONE };
	u8 *p = s->bytes + pick(s->size / 4) * 4;

	switch (pick(5)) {
	case 0:
		put(p, get(p) + 1);
		break;
	case 1:
		put(p, get(p) - 1);
		break;
	case 2:
		put(p, pick(8));
		break;
	case 3:
		put(p, get(s->bytes + pick(s->size / 4) * 4));
		break;
	default:
		put(p, odd[pick(ARRAY_SIZE(odd))]);
	}
}

static void change_records(struct section *s, u32 size)
{
	u32 count = s->size / size;
	u8 *one = s->bytes + pick(count) * size, *other = s->bytes + pick(count) * size;
	u8 kept[64];

	switch (pick(3)) {
	case 0:
		memcpy(kept, one, size);
		memmove(one, other, size);
		memcpy(other, kept, size);
		break;
	case 1:
		memmove(one, one + size, (size_t)(s->bytes + s->size - one) - size);
		s->size -= size;
		break;
	default:
		if (s->size + size > ROOM)
			break;
		memmove(one + size, one, (size_t)(s->bytes + s->size - one));
		s->size += size;
	}
}

static void change_section(u32 number)
{
	struct section *s = &sections[number];
	u32 size = item_size[number];

	if (s->size >= 4 && pick(3) > 0) {
		if (pick(2))
			change_number(s);
		else
			change_records(s, size);
		return;
	}
	s->size = (u32)LLVMFuzzerMutate(s->bytes, s->size, ROOM / 16);
	s->size -= s->size % size;
}

/* Lets the slices of each section follow one another, and the section be as long as they are. */
static void repair_slices(void)
{
	u32 ends[RT_SECTION_COUNT + 1] = { 0 };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(slices); i++) {
		struct section *owner = &sections[slices[i].owner], *of = &sections[slices[i].of];
		u32 size = item_size[slices[i].of];
		u32 *end = &ends[slices[i].of];

		if (*end == 0)
			*end = slices[i].start;
		for (j = 0; j + item_size[slices[i].owner] <= owner->size; j += item_size[slices[i].owner]) {
			u8 *slice = owner->bytes + j + slices[i].field;
			u32 count = get(slice + 4);

			if (count > 64 || (*end + count) * size > ROOM)
				count = 1;
			if ((*end + count) * size > ROOM)
				count = 0;
			put(slice, count > 0 ? *end : 0);
			put(slice + 4, count);
			*end += count;
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

static void repair(void)
{
	repair_buckets(RT_SECTION_VALUE_BUCKETS, RT_SECTION_VALUES);
	repair_buckets(RT_SECTION_GRANT_BUCKETS, RT_SECTION_GRANTS);
	repair_buckets(RT_SECTION_EXACT4_BUCKETS, RT_SECTION_EXACT4);
	repair_buckets(RT_SECTION_EXACT6_BUCKETS, RT_SECTION_EXACT6);
	repair_slices();
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed)
{
	size_t made;
	u32 rounds;

	srand(seed);
	if (pick(16) == 0 || !take_apart(data, size))
		return LLVMFuzzerMutate(data, size, max);
	for (rounds = 1 + pick(3); rounds > 0; rounds--) {
		if (pick(4) == 0)
			questions_size = LLVMFuzzerMutate(questions, questions_size, 512);
		else
			change_section(1 + pick(RT_SECTION_COUNT));
	}
	if (pick(16) == 0)
		(void)LLVMFuzzerMutate(header + 16, 12, 12);
	if (pick(4) > 0)
		repair();
	made = put_together(data, max);
	return made > 0 ? made : LLVMFuzzerMutate(data, size, max);
}
