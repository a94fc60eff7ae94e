// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Opens a bundle: header and section table; then strings and, each in a file of its own, tables.
 *
 * Time is linear in the size of the file, whatever is in it: what is referred to is short or
 * bounded in all, every list has one owner, and what looks back looks back a bounded way.
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
static_assert(sizeof(struct rt_name) == RT_NAME_SIZE, "no padding");
static_assert(sizeof(struct rt_option) == RT_OPTION_SIZE, "no padding");
static_assert(sizeof(struct rt_condition) == RT_CONDITION_SIZE, "no padding");
static_assert(sizeof(struct rt_instruction) == RT_INSTRUCTION_SIZE, "no padding");
static_assert(sizeof(struct rt_prefix) == RT_PREFIX_SIZE, "no padding");
static_assert(sizeof(struct rt_svid) == RT_SVID_SIZE, "no padding");
static_assert(sizeof(struct rt_text) == RT_TEXT_SIZE, "no padding");
static_assert(sizeof(struct rt_source) == RT_SOURCE_SIZE, "no padding");
static_assert(sizeof(struct rt_binding) == RT_BINDING_SIZE, "no padding");

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
	if (le32_to_cpu(h->flags) & ~RT_BUNDLE_FLAGS)
		return rt_refuse(c, 0, RT_NONE, "a flag is not known");
	c->b->size = (u32)size;
	c->b->set_count = le32_to_cpu(h->set_count);
	c->b->facts = 0;
	c->b->name_tests_first = 0;
	c->b->name_tests_end = 0;
	c->b->labels = 0;
	c->b->env_count = 0;
	c->b->group_count = 0;
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

/* The tables in an order in which each check can follow the numbers that it meets. */
static int (*const checks[])(struct rt_check *c) = {
	rt_check_conditions,
	rt_check_options,
	rt_check_rules,
	rt_check_who,
	rt_check_where,
	rt_check_credentials,
};

static int check_file(struct rt_check *c, size_t size)
{
	const struct rt_header *h = c->b->header;
	u32 i;
	int err;

	err = check_header(c, size);
	if (err)
		return err;
	err = check_sections(c);
	if (err)
		return err;
	err = rt_check_strings(c);
	if (err)
		return err;
	err = rt_check_string(c, 0, RT_NONE, h->trust_domain_offset, h->trust_domain_length,
			      RT_MAX_STRING_LENGTH);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		err = checks[i](c);
		if (err)
			return err;
	}
	if (le32_to_cpu(h->features) != c->needs)
		return rt_refuse(c, 0, RT_NONE, "the features are not those that the tables need");
	return 0;
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
