// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies conditions, that they end and look at what they may, and the options of rules. */
#include "verify.h"

/* What a field is, and so how it can be tested. */
enum kind {
	KIND_NONE,
	KIND_NUMBER,
	KIND_TEXT,
	KIND_ADDRESS,
};

/* Kinds of the fields, and how long texts may be that they are compared with. */
static const struct {
	u8 kind;
	u16 limit;
} fields[] = {
	[RT_FIELD_PROCESS_NAME] = { KIND_TEXT, RT_MAX_NAME_LENGTH },
	[RT_FIELD_PROCESS_BINARY_PATH] = { KIND_TEXT, RT_MAX_PATH_LENGTH },
	[RT_FIELD_PROCESS_UID] = { KIND_NUMBER, 0 },
	[RT_FIELD_PROCESS_GID] = { KIND_NUMBER, 0 },
	[RT_FIELD_PROCESS_CMDLINE] = { KIND_TEXT, RT_MAX_CMDLINE_LENGTH },
	[RT_FIELD_DESTINATION_PORT] = { KIND_NUMBER, 0 },
	[RT_FIELD_DESTINATION_IP] = { KIND_ADDRESS, 0 },
	[RT_FIELD_DESTINATION_NAME] = { KIND_TEXT, RT_MAX_HOST_NAME_LENGTH },
	[RT_FIELD_SOURCE_IP] = { KIND_ADDRESS, 0 },
	[RT_FIELD_SOURCE_PORT] = { KIND_NUMBER, 0 },
	[RT_FIELD_PEER_ID] = { KIND_TEXT, RT_MAX_SPIFFE_ID_LENGTH },
	[RT_FIELD_PEER_DOMAIN] = { KIND_TEXT, RT_MAX_SPIFFE_ID_LENGTH },
	[RT_FIELD_PEER_PATH] = { KIND_TEXT, RT_MAX_SPIFFE_ID_LENGTH },
	[RT_FIELD_TIME] = { KIND_NUMBER, 0 },
	[RT_FIELD_DAY_MINUTE] = { KIND_NUMBER, 0 },
	[RT_FIELD_WEEK_MINUTE] = { KIND_NUMBER, 0 },
};

static_assert(ARRAY_SIZE(fields) <= 32, "one bit for each field");
static_assert(RT_MAX_CONDITION_LENGTH <= RT_END_FAILS, "ends are no instructions");

static enum kind kind_of_test(u32 test)
{
	switch (test) {
	case RT_TEST_RANGE:
		return KIND_NUMBER;
	case RT_TEST_EQUAL:
	case RT_TEST_STARTS:
	case RT_TEST_ENDS:
		return KIND_TEXT;
	case RT_TEST_INSIDE:
		return KIND_ADDRESS;
	default:
		return KIND_NONE;
	}
}

/* What an instruction compares its field with; the test suits the field. */
static int check_data(struct rt_check *c, u32 index, const struct rt_instruction *i)
{
	u32 data = le32_to_cpu(i->data);
	u32 length = le32_to_cpu(i->length);

	switch (le16_to_cpu(i->test)) {
	case RT_TEST_RANGE:
		if (data > length)
			return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index,
					 "a range ends before it starts");
		return 0;
	case RT_TEST_INSIDE:
		if (data >= rt_count(c->b, RT_SECTION_PREFIXES))
			return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index,
					 "a number is out of range");
		if (length != 0)
			return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index,
					 "a number has a length");
		return 0;
	case RT_TEST_EQUAL:
		if (data == 0 && length == 0)
			return 0;	/* the empty text */
		break;
	}
	return rt_check_string(c, RT_SECTION_INSTRUCTIONS, index, i->data, i->length,
			       fields[le16_to_cpu(i->field)].limit);
}

static bool goes_forward(u32 next, u32 own, u32 count)
{
	return next >= RT_END_FAILS || (next > own && next < count);
}

static int check_instruction(struct rt_check *c, u32 index, u32 own, u32 count)
{
	const struct rt_instruction *i = rt_instruction(c->b, index);
	u32 field = le16_to_cpu(i->field);
	enum kind kind = kind_of_test(le16_to_cpu(i->test));

	if (field >= ARRAY_SIZE(fields) || fields[field].kind == KIND_NONE)
		return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index, "a field is not known");
	if (kind == KIND_NONE)
		return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index, "a test is not known");
	if (kind != fields[field].kind)
		return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index,
				 "a test does not suit its field");
	if (!goes_forward(le16_to_cpu(i->when_true), own, count) ||
	    !goes_forward(le16_to_cpu(i->when_false), own, count))
		return rt_refuse(c, RT_SECTION_INSTRUCTIONS, index,
				 "an instruction does not go on with a later one");
	if (field == RT_FIELD_DESTINATION_NAME) {
		c->needs |= RT_FEATURE_NAMES;
		if (c->b->name_tests_end == 0)
			c->b->name_tests_first = index;
		c->b->name_tests_end = index + 1;
	}
	return check_data(c, index, i);
}

static int check_prefixes(struct rt_check *c)
{
	u32 i, j;

	for (i = 0; i < rt_count(c->b, RT_SECTION_PREFIXES); i++) {
		const struct rt_prefix *p = rt_prefix(c->b, i);
		const struct rt_prefix *before = rt_prefix(c->b, i - (i > 0));

		rt_relax();
		if (!rt_is_clean_prefix(p->address, sizeof(p->address),
					le32_to_cpu(p->prefix_length)))
			return rt_refuse(c, RT_SECTION_PREFIXES, i,
					 "a prefix has bits beyond its length");
		for (j = 0; j < sizeof(p->address) && p->address[j] == before->address[j];)
			j++;
		if (i > 0 && (j < sizeof(p->address) ? p->address[j] < before->address[j] :
			      le32_to_cpu(p->prefix_length) <= le32_to_cpu(before->prefix_length)))
			return rt_refuse(c, RT_SECTION_PREFIXES, i, "prefixes are not ascending");
	}
	return 0;
}

int rt_check_conditions(struct rt_check *c)
{
	u32 next = 0;
	u32 i, j;
	int err;

	err = check_prefixes(c);
	if (err)
		return err;
	for (i = 0; i < rt_count(c->b, RT_SECTION_CONDITIONS); i++) {
		const struct rt_condition *condition = rt_condition(c->b, i);
		const struct rt_slice_check slice = { RT_SECTION_CONDITIONS, i,
						      RT_SECTION_INSTRUCTIONS, 1,
						      RT_MAX_CONDITION_LENGTH };
		struct rt_slice program = rt_slice(condition->instructions_first,
						   condition->instructions_count);

		err = rt_check_slice(c, &slice, program, &next);
		if (err)
			return err;
		for (j = 0; j < program.count; j++) {
			err = check_instruction(c, program.first + j, j, program.count);
			if (err)
				return err;
		}
	}
	return rt_check_end(c, RT_SECTION_INSTRUCTIONS, next);
}

u32 rt_fields_of(const struct rt_bundle *b, u32 condition)
{
	const struct rt_condition *c = rt_condition(b, condition);
	struct rt_slice program = rt_slice(c->instructions_first, c->instructions_count);
	u32 found = 0;
	u32 i;

	rt_relax();
	for (i = program.first; i < program.first + program.count; i++)
		found |= RT_FIELD_BIT(le16_to_cpu(rt_instruction(b, i)->field));
	return found;
}

int rt_check_fields(struct rt_check *c, u32 section, u32 index, u32 found, enum rt_fields may)
{
	if (found & ~(u32)may)
		return rt_refuse(c, section, index, "its condition looks at what it may not");
	return 0;
}

int rt_check_use(struct rt_check *c, u32 section, u32 index, __le32 condition, enum rt_fields may)
{
	u32 number = le32_to_cpu(condition);

	if (number == RT_NONE)
		return 0;
	if (number >= rt_count(c->b, RT_SECTION_CONDITIONS))
		return rt_refuse(c, section, index, "a number is out of range");
	return rt_check_fields(c, section, index, rt_fields_of(c->b, number), may);
}

int rt_check_options(struct rt_check *c)
{
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_OPTIONS); i++) {
		const struct rt_option *o = rt_option(c->b, i);
		u32 identity = le32_to_cpu(o->identity);
		u32 condition = le32_to_cpu(o->condition);

		/* What it may look at depends on the rule: rt_check_rules(). */
		if ((condition != RT_NONE && condition >= rt_count(c->b, RT_SECTION_CONDITIONS)) ||
		    (identity != RT_NONE && identity >= rt_count(c->b, RT_SECTION_IDENTITIES)))
			return rt_refuse(c, RT_SECTION_OPTIONS, i, "a number is out of range");
		err = rt_check_use(c, RT_SECTION_OPTIONS, i, o->peers, RT_FIELDS_OF_PEER);
		if (err)
			return err;
		if (le16_to_cpu(o->tls) > RT_TLS_MODE_PERMISSIVE)
			return rt_refuse(c, RT_SECTION_OPTIONS, i, "a TLS mode is not known");
		if (le16_to_cpu(o->flags) & ~RT_OPTION_FLAGS)
			return rt_refuse(c, RT_SECTION_OPTIONS, i, "a flag is not known");
		if (le16_to_cpu(o->tls) != RT_TLS_MODE_NONE || identity != RT_NONE ||
		    le16_to_cpu(o->flags) & RT_OPTION_INTERCEPT)
			c->needs |= RT_FEATURE_TLS;
		if (le32_to_cpu(o->peers) != RT_NONE)
			c->needs |= RT_FEATURE_PEERS;
	}
	return 0;
}
