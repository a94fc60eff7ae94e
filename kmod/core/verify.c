// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Opens a bundle: header, section table and strings; then who and where.
 *
 * Time is linear in the size of the file, whatever is in it: every string and every list has
 * bounded many owners, and what looks back looks back a bounded way.
 */
#include "verify.h"

#define SECTION_SIZE(s, size) \
	[s] = (size),
static const u16 item_size[RT_SECTION_COUNT + 1] = { RT_SECTION_TABLE(SECTION_SIZE) };

static_assert(sizeof(struct rt_header) == RT_HEADER_SIZE, "no padding");
static_assert(sizeof(struct rt_section) == RT_SECTION_SIZE, "no padding");
static_assert(sizeof(struct rt_value) == RT_VALUE_SIZE, "no padding");
static_assert(sizeof(struct rt_term) == RT_TERM_SIZE, "no padding");
static_assert(sizeof(struct rt_selector) == RT_SELECTOR_SIZE, "no padding");
static_assert(sizeof(struct rt_identity) == RT_IDENTITY_SIZE, "no padding");
static_assert(sizeof(struct rt_rule) == RT_RULE_SIZE, "no padding");
static_assert(sizeof(struct rt_service) == RT_SERVICE_SIZE, "no padding");
static_assert(sizeof(struct rt_exact4) == RT_EXACT4_SIZE, "no padding");
static_assert(sizeof(struct rt_exact6) == RT_EXACT6_SIZE, "no padding");
static_assert(sizeof(struct rt_node4) == RT_NODE4_SIZE, "no padding");
static_assert(sizeof(struct rt_node6) == RT_NODE6_SIZE, "no padding");
static_assert(sizeof(struct rt_port_range) == RT_PORT_RANGE_SIZE, "no padding");

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

static bool between(u8 byte, u8 low, u8 high)
{
	return byte >= low && byte <= high;
}

/*
 * Bytes of the well-formed UTF-8 sequence at `p`, or 0 (Unicode, table 3-7). No byte of a
 * sequence is 0, so a sequence that is cut off by the string's end is seen there.
 */
static u32 utf8_length(const u8 *p)
{
	u8 low = 0x80, high = 0xbf;

	if (between(p[0], 0x01, 0x7f))
		return 1;
	if (between(p[0], 0xc2, 0xdf))
		return between(p[1], low, high) ? 2 : 0;
	if (p[0] == 0xe0 || p[0] == 0xf0)
		low = p[0] == 0xe0 ? 0xa0 : 0x90;	/* else a shorter sequence would do */
	if (p[0] == 0xed || p[0] == 0xf4)
		high = p[0] == 0xed ? 0x9f : 0x8f;	/* surrogates; beyond U+10FFFF */
	if (between(p[0], 0xe0, 0xef))
		return between(p[1], low, high) && between(p[2], 0x80, 0xbf) ? 3 : 0;
	if (between(p[0], 0xf0, 0xf4))
		return between(p[1], low, high) && between(p[2], 0x80, 0xbf) &&
		       between(p[3], 0x80, 0xbf) ? 4 : 0;
	return 0;
}

/* Each ends with a NUL, so comparing stops before either ends. */
static bool comes_before(const u8 *x, const u8 *y)
{
	while (*x != 0 && *x == *y) {
		x++;
		y++;
	}
	return *x < *y;
}

static int check_strings(struct rt_check *c)
{
	const u8 *strings = rt_strings(c->b);
	u32 size = rt_count(c->b, RT_SECTION_STRINGS);
	u32 start, end, before = 0;

	if (size > 0 && strings[size - 1] != 0)
		return rt_refuse(c, RT_SECTION_STRINGS, size - 1, "the last string does not end");
	for (start = 0; start < size; start = end + 1) {
		for (end = start; strings[end] != 0;) {
			u32 length = utf8_length(strings + end);

			if (length == 0)
				return rt_refuse(c, RT_SECTION_STRINGS, end,
						 "a string is not UTF-8");
			end += length;
		}
		if (end == start)
			return rt_refuse(c, RT_SECTION_STRINGS, start, "a string is empty");
		if (end - start > RT_MAX_STRING_LENGTH)
			return rt_refuse(c, RT_SECTION_STRINGS, start,
					 "a string is longer than its limit");
		if (start > 0 && !comes_before(strings + before, strings + start))
			return rt_refuse(c, RT_SECTION_STRINGS, start, "strings are not ascending");
		before = start;
	}
	return 0;
}

static int check_header(struct rt_check *c, size_t size)
{
	const struct rt_header *h = c->b->header;
	static const u8 magic[] = RT_BUNDLE_MAGIC;

	if (size < RT_HEADER_SIZE)
		return rt_refuse(c, 0, RT_NONE, "the file is shorter than a header");
	if (((size_t)h & 3) != 0)
		return rt_refuse(c, 0, RT_NONE, "the bytes are not aligned in memory");
	if (!rt_same_bytes(h->magic, magic, sizeof(h->magic)))
		return rt_refuse(c, 0, RT_NONE, "the file is not a bundle");
	if (le16_to_cpu(h->version) != RT_BUNDLE_VERSION) {
		rt_refuse(c, 0, RT_NONE, "the format version is not known");
		return RT_REFUSED_VERSION;
	}
	if (size > RT_MAX_BUNDLE_SIZE)
		return rt_refuse(c, 0, RT_NONE, "the file is larger than a bundle may be");
	if (le32_to_cpu(h->size) != size)
		return rt_refuse(c, 0, RT_NONE, "the file is not as long as its header says");
	if (le16_to_cpu(h->header_size) != RT_HEADER_SIZE)
		return rt_refuse(c, 0, RT_NONE, "the header has an unknown size");
	if (le32_to_cpu(h->section_count) != RT_SECTION_COUNT)
		return rt_refuse(c, 0, RT_NONE, "the number of sections is not known");
	if (le32_to_cpu(h->reserved) != 0)
		return rt_refuse(c, 0, RT_NONE, "a reserved field is not zero");
	c->b->size = (u32)size;
	c->b->set_count = le32_to_cpu(h->set_count);
	return 0;
}

static int check_sections(struct rt_check *c)
{
	struct rt_bundle *b = c->b;
	const u8 *file = (const u8 *)b->header;
	const struct rt_section *table = (const struct rt_section *)(file + RT_HEADER_SIZE);
	u32 end = RT_HEADER_SIZE + RT_SECTION_COUNT * RT_SECTION_SIZE;
	u32 s;

	if (end > b->size)
		return rt_refuse(c, 0, RT_NONE, "the file ends within the section table");
	for (s = 1; s <= RT_SECTION_COUNT; s++) {
		const struct rt_section *entry = &table[s - 1];
		u32 start = (end + 7) & ~7U;
		u32 count = le32_to_cpu(entry->count);

		if (le16_to_cpu(entry->id) != s)
			return rt_refuse(c, s, RT_NONE, "the section has another number");
		if (le16_to_cpu(entry->record_size) != item_size[s])
			return rt_refuse(c, s, RT_NONE, "the section has records of another size");
		if (le32_to_cpu(entry->offset) != start || start > b->size)
			return rt_refuse(c, s, RT_NONE, "the section is not where it should be");
		if (count > (b->size - start) / item_size[s])
			return rt_refuse(c, s, RT_NONE, "the section ends after the file");
		for (; end < start; end++)
			if (file[end] != 0)
				return rt_refuse(c, s, RT_NONE,
						 "the bytes before the section are not zero");
		b->section[s].items = file + start;
		b->section[s].count = count;
		end = start + count * item_size[s];
	}
	if (end != b->size)
		return rt_refuse(c, 0, RT_NONE, "bytes follow the last section");
	return 0;
}

static int check_file(struct rt_check *c, size_t size)
{
	const struct rt_header *h = c->b->header;
	int err;

	err = check_header(c, size);
	if (err)
		return err;
	err = check_sections(c);
	if (err)
		return err;
	err = check_strings(c);
	if (err)
		return err;
	err = rt_check_string(c, 0, RT_NONE, h->trust_domain_offset, h->trust_domain_length,
			      RT_MAX_STRING_LENGTH);
	if (err)
		return err;
	err = rt_check_who(c);
	if (err)
		return err;
	return rt_check_where(c);
}

int rt_bundle_open(struct rt_bundle *b, const void *data, size_t size, struct rt_fault *fault)
{
	struct rt_check c = { .b = b, .fault = fault };
	int err;

	b->size = 0;
	b->header = data;
	fault->section = 0;
	fault->index = RT_NONE;
	fault->reason = "";
	err = check_file(&c, size);
	if (err)
		b->size = 0;
	return err;
}
