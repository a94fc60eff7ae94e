// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Checks that all tables share: references to strings, slices, lists of numbers, buckets. */
#include "verify.h"

int rt_refuse(struct rt_check *c, u32 section, u32 index, const char *reason)
{
	c->fault->section = section;
	c->fault->index = index;
	c->fault->reason = reason;
	return RT_REFUSED_MALFORMED;
}

int rt_check_string(struct rt_check *c, u32 section, u32 index, __le32 offset, __le32 length,
		    u32 limit)
{
	const u8 *strings = rt_strings(c->b);
	u32 size = rt_count(c->b, RT_SECTION_STRINGS);
	u32 first = le32_to_cpu(offset);
	u32 count = le32_to_cpu(length);
	u32 i;

	if (count == 0)
		return rt_refuse(c, section, index, "a string is empty");
	if (count > limit)
		return rt_refuse(c, section, index, "a string is longer than its limit");
	if (first >= size || count >= size - first)
		return rt_refuse(c, section, index, "a string lies outside strings");
	if (first > 0 && strings[first - 1] != 0)
		return rt_refuse(c, section, index, "a string starts inside another");
	/* Looked at for each reference: else many to a long string would take minutes. */
	if (count > RT_MAX_REFERENCED_BYTES - c->referenced)
		return rt_refuse(c, section, index, "strings are referred to too often");
	c->referenced += count;
	rt_relax();
	for (i = 0; i < count; i++)
		if (strings[first + i] == 0)
			return rt_refuse(c, section, index, "a string ends before its length");
	if (strings[first + count] != 0)
		return rt_refuse(c, section, index, "a string goes on after its length");
	return 0;
}

int rt_check_slice(struct rt_check *c, const struct rt_slice_check *s, struct rt_slice slice,
		   u32 *next)
{
	if (slice.count < s->least)
		return rt_refuse(c, s->section, s->index, "a list is too short");
	if (slice.count > s->most)
		return rt_refuse(c, s->section, s->index, "a list is longer than its limit");
	if (slice.first != (slice.count > 0 ? *next : 0))
		return rt_refuse(c, s->section, s->index,
				 "a list does not start where the one before it ends");
	if (slice.count > rt_count(c->b, s->of) - *next)
		return rt_refuse(c, s->section, s->index, "a list ends after its section");
	*next += slice.count;
	rt_relax();
	return 0;
}

int rt_check_end(struct rt_check *c, u32 of, u32 next)
{
	if (next != rt_count(c->b, of))
		return rt_refuse(c, of, next, "an item is in no list");
	return 0;
}

int rt_check_list(struct rt_check *c, u32 of, struct rt_slice slice, u32 bound)
{
	u32 i;

	for (i = slice.first; i < slice.first + slice.count; i++) {
		if (rt_item(c->b, of, i) >= bound)
			return rt_refuse(c, of, i, "a number is out of range");
		if (i > slice.first && rt_item(c->b, of, i) <= rt_item(c->b, of, i - 1))
			return rt_refuse(c, of, i, "a list is not ascending");
	}
	return 0;
}

int rt_check_buckets(struct rt_check *c, u32 buckets, u32 entries)
{
	u32 offsets = rt_count(c->b, buckets);
	u32 count = rt_count(c->b, entries);
	u32 i;

	if (count == 0 ? offsets != 1 : offsets < 2)
		return rt_refuse(c, buckets, RT_NONE,
				 "the number of buckets does not suit the table");
	if (count > 0 && ((offsets - 1) & (offsets - 2)) != 0)
		return rt_refuse(c, buckets, RT_NONE,
				 "the number of buckets is not a power of two");
	if (rt_item(c->b, buckets, 0) != 0)
		return rt_refuse(c, buckets, 0, "the first bucket does not start at 0");
	for (i = 1; i < offsets; i++) {
		u32 start = rt_item(c->b, buckets, i - 1);
		u32 end = rt_item(c->b, buckets, i);

		if (end < start || end > count)
			return rt_refuse(c, buckets, i, "a bucket's offset is out of range");
		if (end - start > RT_MAX_BUCKET)
			return rt_refuse(c, buckets, i, "a bucket holds too many entries");
	}
	if (rt_item(c->b, buckets, offsets - 1) != count)
		return rt_refuse(c, buckets, offsets - 1,
				 "the last bucket does not end with the table");
	return 0;
}
