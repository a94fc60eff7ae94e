// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Changes a bundle as one who knows the format would. Blind changes break a size, an offset or a bucket and are refused
 * at the door; so the bundle is taken apart into sections, one thing is changed, and most of the time sizes, slices and
 * buckets are made right again, so that the deeper checks and the evaluator are reached.
 */
#include <stdlib.h>
#include <string.h>
#include "parts.h"

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed);

#define TABLE_END (RT_HEADER_SIZE + RT_SECTION_COUNT * RT_SECTION_SIZE)

u8 header[RT_HEADER_SIZE];
struct section sections[RT_SECTION_COUNT + 1];
static u8 questions[ROOM];
static size_t questions_size;

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

/* One of two bytes, as enums, ports and jumps are. */
static void change_half(struct section *s)
{
	static const u16 odd[] = { 0, 1, 443, 255, 256, 65533, RT_END_FAILS, RT_END_HOLDS };
	u16 half = pick(2) ? odd[pick(ARRAY_SIZE(odd))] : (u16)pick(18);

	memcpy(s->bytes + pick(s->size / 2) * 2, &half, sizeof(half));
}

static void change_number(struct section *s)
{
	static const u32 odd[] = { 0, 1, 2, 7, 8, 31, 32, 33, 128, 255, 256, 1024, 4096, 65535, RT_NONE };
	u8 *p = s->bytes + pick(s->size / 4) * 4;

	switch (pick(6)) {
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
	case 4:
		change_half(s);
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
		(void)LLVMFuzzerMutate(header + 16, 16, 16);
	if (pick(4) > 0)
		repair();
	made = put_together(data, max);
	return made > 0 ? made : LLVMFuzzerMutate(data, size, max);
}
