// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Labels, name=value: what of them a bundle asks for. The verifier notes it, the host collects. */
#include "verify.h"

#define KIND(n, t, o) \
	[n] = { .text = (t), .length = sizeof(t) - 1, .open = (o) },
static const struct {
	const char *text;
	u32 length;
	bool open;
} kinds[] = { RT_LABEL_TABLE(KIND) };

static_assert(ARRAY_SIZE(kinds) <= 32, "one bit each");

static bool begins(const u8 *bytes, u32 length, u32 kind)
{
	return length >= kinds[kind].length &&
	       rt_same_bytes(bytes, (const u8 *)kinds[kind].text, kinds[kind].length);
}

u32 rt_label_kind(const u8 *name, u32 length)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		u32 own = kinds[i].length;

		if (!begins(name, length, i))
			continue;
		if (kinds[i].open ? length > own + 1 && name[own] == ':' : length == own)
			return i;
	}
	return RT_NONE;
}

static int note_variable(struct rt_check *c, u32 section, u32 index, const u8 *name, u32 length)
{
	const u32 start = kinds[RT_LABEL_PROCESS_ENV].length + 1;
	struct rt_bundle *b = c->b;
	u32 i;

	name += start;
	length -= start;
	if (length > RT_MAX_ENV_NAME_LENGTH)
		return rt_refuse(c, section, index, "the name of a variable is too long");
	for (i = 0; i < b->env_count; i++)
		if (b->env[i].length == length && rt_same_bytes(b->env[i].bytes, name, length))
			return 0;
	if (b->env_count == RT_MAX_ENV_NAMES)
		return rt_refuse(c, section, index, "too many variables are named");
	b->env[b->env_count++] = (struct rt_bytes){ name, length };
	return 0;
}

int rt_check_label_name(struct rt_check *c, u32 section, u32 index, const u8 *name, u32 length)
{
	u32 kind = rt_label_kind(name, length);

	if (kind == RT_NONE) {
		c->needs |= RT_FEATURE_AGENT_LABELS;
		return 0;
	}
	c->needs |= RT_FEATURE_LABELS;
	c->b->labels |= 1U << kind;
	if (kind == RT_LABEL_PROCESS_ENV)
		return note_variable(c, section, index, name, length);
	return 0;
}

/* A number as a process has it: digits without leading zeros that fit. */
static bool read_number(const u8 *text, u32 length, u32 *number)
{
	u32 value = 0;
	u32 i;

	if (length == 0 || (length > 1 && text[0] == '0'))
		return false;
	for (i = 0; i < length; i++) {
		u32 digit = (u32)text[i] - '0';

		if (digit > 9 || value > (RT_NONE - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

/* What is no number no process has. Values are different, so groups are. */
static int note_group(struct rt_check *c, u32 index, const u8 *text, u32 length, u32 start)
{
	struct rt_bundle *b = c->b;
	u32 group;

	if (!read_number(text + start, length - start, &group))
		return 0;
	if (b->group_count == RT_MAX_NAMED_GROUPS)
		return rt_refuse(c, RT_SECTION_VALUES, index,
				 "too many supplementary groups are named");
	b->groups[b->group_count++] = (struct rt_group){ group, { text, length } };
	return 0;
}

int rt_check_label(struct rt_check *c, u32 index, const u8 *text, u32 length)
{
	u32 end = 0;
	int err;

	while (end < length && text[end] != '=')
		end++;
	err = rt_check_label_name(c, RT_SECTION_VALUES, index, text, end);
	if (err)
		return err;
	if (end < length && rt_label_kind(text, end) == RT_LABEL_PROCESS_GID_ADDITIONAL)
		return note_group(c, index, text, length, end + 1);
	return 0;
}
