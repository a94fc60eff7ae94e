// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Conditions: programs without loops over what is known of a process, a connection and its peer. */
#include "evaluate.h"

#define MINUTES_OF_DAY (24 * 60U)
#define MINUTES_OF_WEEK (7 * MINUTES_OF_DAY)
/* 1970 began on a Thursday. */
#define MONDAY_TO_1970 (3 * MINUTES_OF_DAY)

static const struct rt_fact_value *find_fact(const struct rt_question *q, u32 fact)
{
	u32 i;

	for (i = 0; i < q->facts->count; i++)
		if (q->facts->fact[i].fact == fact)
			return &q->facts->fact[i];
	return NULL;
}

static u32 number_of_fact(const struct rt_question *q, u32 fact)
{
	const struct rt_fact_value *f = find_fact(q, fact);

	return f ? f->number : RT_NONE;
}

/* No more of the text than its fact's limit if it is a prefix fact. */
static struct rt_bytes text_of_fact(const struct rt_question *q, u32 fact)
{
	const struct rt_fact_value *f = find_fact(q, fact);
	u32 limit = rt_fact_kinds[fact].limit;
	struct rt_bytes text = { NULL, 0 };

	if (f) {
		text.bytes = f->bytes;
		text.length = f->length;
	}
	if (rt_fact_kinds[fact].match == RT_MATCH_PREFIX && text.length > limit)
		text.length = limit;
	return text;
}

/* What a field depends on. A destination is the remote end only when it is connected to. */
static u32 dependence_of(const struct rt_question *q, u32 field)
{
	switch (field) {
	case RT_FIELD_TIME:
	case RT_FIELD_DAY_MINUTE:
	case RT_FIELD_WEEK_MINUTE:
		return RT_DEPENDS_ON_TIME;
	case RT_FIELD_DESTINATION_IP:
	case RT_FIELD_DESTINATION_PORT:
		return q->accepts ? 0 : RT_DEPENDS_ON_REMOTE;
	case RT_FIELD_SOURCE_IP:
	case RT_FIELD_SOURCE_PORT:
		return q->accepts ? RT_DEPENDS_ON_REMOTE : 0;
	default:
		return 0;
	}
}

static u32 number_of(const struct rt_question *q, u32 field)
{
	const struct rt_connection *connection = q->connection;
	u32 minute = connection->time / 60;

	switch (field) {
	case RT_FIELD_PROCESS_UID:
		return number_of_fact(q, RT_FACT_PROCESS_UID);
	case RT_FIELD_PROCESS_GID:
		return number_of_fact(q, RT_FACT_PROCESS_GID);
	case RT_FIELD_DESTINATION_PORT:
		return q->accepts ? connection->local_port : connection->remote.port;
	case RT_FIELD_SOURCE_PORT:
		return q->accepts ? connection->remote.port : 0;
	case RT_FIELD_DAY_MINUTE:
		return minute % MINUTES_OF_DAY;
	case RT_FIELD_WEEK_MINUTE:
		return (minute + MONDAY_TO_1970) % MINUTES_OF_WEEK;
	default:
		return connection->time;
	}
}

static struct rt_bytes text_of(const struct rt_question *q, u32 field)
{
	switch (field) {
	case RT_FIELD_PROCESS_NAME:
		return text_of_fact(q, RT_FACT_PROCESS_NAME);
	case RT_FIELD_PROCESS_BINARY_PATH:
		return text_of_fact(q, RT_FACT_PROCESS_BINARY_PATH);
	case RT_FIELD_PROCESS_CMDLINE:
		return text_of_fact(q, RT_FACT_PROCESS_CMDLINE);
	case RT_FIELD_DESTINATION_NAME:
		return q->name;
	case RT_FIELD_PEER_ID:
		return q->peer_id;
	case RT_FIELD_PEER_DOMAIN:
		return q->peer_domain;
	default:
		return q->peer_path;
	}
}

static const u8 *address_of(const struct rt_question *q, u32 field)
{
	static const u8 nowhere[16];
	bool is_source = field == RT_FIELD_SOURCE_IP;

	return is_source == q->accepts ? q->connection->remote.address : nowhere;
}

/* Whether a text passes a test for texts. */
static bool text_passes(const struct rt_bundle *b, const struct rt_instruction *i,
			const struct rt_bytes *text)
{
	const u8 *other = rt_strings(b) + le32_to_cpu(i->data);
	u32 length = le32_to_cpu(i->length);

	switch (le16_to_cpu(i->test)) {
	case RT_TEST_EQUAL:
		return text->length == length && rt_same_bytes(text->bytes, other, length);
	case RT_TEST_STARTS:
		return text->length >= length && rt_same_bytes(text->bytes, other, length);
	default:
		return text->length >= length &&
		       rt_same_bytes(text->bytes + (text->length - length), other, length);
	}
}

bool rt_conditions_test_name(const struct rt_bundle *b, const struct rt_bytes *name)
{
	u32 i;

	for (i = b->name_tests_first; i < b->name_tests_end; i++) {
		const struct rt_instruction *own = rt_instruction(b, i);

		if (le16_to_cpu(own->field) == RT_FIELD_DESTINATION_NAME &&
		    text_passes(b, own, name))
			return true;
	}
	return false;
}

/* The verifier has made sure that the test suits the field, and the data the test. */
static bool passes(const struct rt_bundle *b, const struct rt_instruction *i,
		   const struct rt_question *q)
{
	u32 field = le16_to_cpu(i->field);
	u32 data = le32_to_cpu(i->data);
	u32 length = le32_to_cpu(i->length);
	const struct rt_prefix *prefix;
	struct rt_bytes text;
	u32 number;

	switch (le16_to_cpu(i->test)) {
	case RT_TEST_RANGE:
		number = number_of(q, field);
		return number >= data && number <= length;
	case RT_TEST_EQUAL:
	case RT_TEST_STARTS:
	case RT_TEST_ENDS:
		text = text_of(q, field);
		return text_passes(b, i, &text);
	default:
		prefix = rt_prefix(b, data);
		return rt_same_bits(address_of(q, field), prefix->address,
				    le32_to_cpu(prefix->prefix_length));
	}
}

bool rt_run_condition(const struct rt_bundle *b, u32 condition, struct rt_question *q)
{
	const struct rt_condition *c = rt_condition(b, condition);
	struct rt_slice program = rt_slice(c->instructions_first, c->instructions_count);
	u32 next = 0;

	/* Each instruction goes on with a later one, or with an end, which is beyond them all. */
	while (next < program.count) {
		const struct rt_instruction *i = rt_instruction(b, program.first + next);

		q->depends |= dependence_of(q, le16_to_cpu(i->field));
		next = le16_to_cpu(passes(b, i, q) ? i->when_true : i->when_false);
	}
	return next == RT_END_HOLDS;
}
