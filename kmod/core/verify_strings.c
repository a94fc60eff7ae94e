// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies the strings: well-formed UTF-8, each once, in order. */
#include "verify.h"

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

int rt_check_strings(struct rt_check *c)
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
		rt_relax();
	}
	return 0;
}
