// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Questions that a bundle suggests: processes that have values of its table, destinations and names that are in its tables,
 * texts and numbers that its conditions look for. Chance would hardly ask them, and only they lead to where a wrong index
 * makes a difference.
 */
#include <stdlib.h>
#include <string.h>
#include "ask.h"
#include "tables.h"

static u32 pick(u32 *state, u32 below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return below > 0 ? *state % below : 0;
}

/* Some value of a fact, or RT_NONE. */
static u32 pick_value(const struct rt_bundle *b, u32 fact, u32 *state)
{
	u32 count = rt_count(b, RT_SECTION_VALUES), start = pick(state, count), i;

	for (i = 0; i < count; i++) {
		u32 value = (start + i) % count;

		if (le16_to_cpu(rt_value(b, value)->fact) == fact)
			return value;
	}
	return RT_NONE;
}

/* The text of a condition that looks at one of two fields, with or without its last byte, or none. */
static struct rt_bytes pick_text(const struct rt_bundle *b, u32 low, u32 high, u32 *state)
{
	u32 count = rt_count(b, RT_SECTION_INSTRUCTIONS), start = pick(state, count), i;

	for (i = 0; i < count; i++) {
		const struct rt_instruction *own = rt_instruction(b, (start + i) % count);
		u32 field = le16_to_cpu(own->field), length = le32_to_cpu(own->length);

		if (field < low || field > high || length == 0)
			continue;
		length -= pick(state, 8) == 0;
		return (struct rt_bytes){ exact_copy(rt_strings(b) + le32_to_cpu(own->data), length), length };
	}
	return (struct rt_bytes){ NULL, 0 };
}

/* A number that a condition looks for in a field, or the one beside it; else any. */
static u32 pick_number(const struct rt_bundle *b, u32 field, u32 *state)
{
	u32 count = rt_count(b, RT_SECTION_INSTRUCTIONS), start = pick(state, count), i;

	for (i = 0; i < count; i++) {
		const struct rt_instruction *own = rt_instruction(b, (start + i) % count);

		if (le16_to_cpu(own->field) == field)
			return pick(state, 2) ? le32_to_cpu(own->data) - pick(state, 2) :
						le32_to_cpu(own->length) + pick(state, 2);
	}
	return pick(state, 65536);
}

static void add_facts(const struct rt_bundle *b, struct query *q, u32 *state)
{
	u32 fact;

	/* Fields and facts of processes have the same numbers. */
	for (fact = RT_FACT_PROCESS_NAME; fact <= RT_FACT_PROCESS_CMDLINE; fact++) {
		struct rt_fact_value *f = &q->facts.fact[q->facts.count];
		bool is_number = rt_fact_kinds[fact].match == RT_MATCH_NUMBER;
		u32 value = pick_value(b, fact, state);
		const struct rt_value *v;

		if (pick(state, 5) == 0)
			continue;
		f->fact = (u16)fact;
		if (value == RT_NONE || pick(state, 3) == 0) {
			struct rt_bytes text = { NULL, 0 };

			if (!is_number)
				text = pick_text(b, fact, fact, state);
			f->bytes = text.bytes;
			f->length = (u16)text.length;
			f->number = is_number ? pick_number(b, fact, state) : 0;
		} else {
			v = rt_value(b, value);
			f->number = le32_to_cpu(v->data);
			if (!is_number) {
				f->length = (u16)le32_to_cpu(v->length);
				f->bytes = exact_copy(rt_strings(b) + le32_to_cpu(v->data), f->length);
			}
		}
		q->facts.count++;
	}
}

static void add_labels(const struct rt_bundle *b, struct query *q, u32 *state)
{
	u32 count = pick(state, 4), i;

	q->facts.labels = q->labels;
	for (i = 0; i < count; i++) {
		u32 value = pick_value(b, RT_FACT_LABEL, state);
		const struct rt_value *v;

		if (value == RT_NONE)
			return;
		v = rt_value(b, value);
		q->labels[i].length = le32_to_cpu(v->length);
		q->labels[i].bytes = exact_copy(rt_strings(b) + le32_to_cpu(v->data), q->labels[i].length);
		q->facts.label_count = i + 1;
	}
}

/* Values for the placeholders of some identity, most of which paths can have. */
static void add_placeholders(const struct rt_bundle *b, struct query *q, u32 *state)
{
	static const char *const values[] = { "a", "b-1", ".", "..", "", "a/b", "[x]", "\xff" };
	u32 count = rt_count(b, RT_SECTION_IDENTITIES);
	const char *id = count > 0 ? rt_workload_id(b, pick(state, count)) : "";

	while ((id = strchr(id, '[')) && strchr(id, ']') && q->facts.label_count < RT_MAX_LABELS) {
		size_t length = strcspn(++id, "]");
		const char *value = values[pick(state, 3) ? pick(state, 2) : pick(state, 8)];
		struct rt_bytes *label = &q->labels[q->facts.label_count];
		char *text;

		if (pick(state, 8) == 0)
			continue;
		label->length = (u32)(length + 1 + strlen(value));
		text = malloc(label->length + 1);
		if (!text)
			abort();
		memcpy(text, id, length);
		text[length] = '=';
		strcpy(text + length + 1, value);
		label->bytes = exact_copy(text, label->length);
		free(text);
		q->facts.label_count++;
	}
}

static u32 pick_port(const struct rt_bundle *b, u32 *state)
{
	u32 ranges = rt_count(b, RT_SECTION_PORT_RANGES);
	u32 value = pick_value(b, pick(state, 2) ? RT_FACT_DESTINATION_PORT : RT_FACT_SOURCE_PORT, state);
	const struct rt_port_range *r;

	if (value != RT_NONE && pick(state, 4) == 0)
		return le32_to_cpu(rt_value(b, value)->data);
	if (ranges == 0 || pick(state, 8) == 0)
		return pick(state, 65536);
	r = rt_port_range(b, pick(state, ranges));
	return le16_to_cpu(pick(state, 2) ? r->low : r->high);
}

static void add_remote(const struct rt_bundle *b, struct query *q, u32 *state)
{
	const struct rt_ip_layout *family = pick(state, 2) ? &rt_ipv4 : &rt_ipv6;
	u32 exacts = rt_count(b, family->exact), nodes = rt_count(b, family->trie);
	struct rt_remote *remote = &q->connection.remote;
	u8 *address = remote->address;

	remote->port = (u16)pick_port(b, state);
	if (family->size == 4) {
		address[10] = 0xff;
		address[11] = 0xff;
		address += 12;
	}
	if (exacts > 0 && (nodes == 0 || pick(state, 2))) {
		struct rt_exact e = rt_exact(b, family, pick(state, exacts));

		memcpy(address, e.address, family->size);
		if (e.port != 0)
			remote->port = (u16)e.port;
	} else if (nodes > 0) {
		struct rt_node n = rt_node(b, family, pick(state, nodes));

		memcpy(address, n.address, family->size);
		if (n.prefix_length < family->size * 8 && pick(state, 2))
			address[n.prefix_length / 8] |= (u8)(0x80 >> n.prefix_length % 8);
	}
}

/* An address that a condition looks for, or that is a value of a fact. */
static void change_address(const struct rt_bundle *b, struct query *q, u32 *state)
{
	u32 value = pick_value(b, q->accept ? RT_FACT_SOURCE_IP : RT_FACT_DESTINATION_IP, state);
	u8 *address = q->connection.remote.address;
	u32 prefixes = rt_count(b, RT_SECTION_PREFIXES), i;

	if (prefixes > 0 && pick(state, 2)) {
		const struct rt_prefix *p = rt_prefix(b, pick(state, prefixes));

		memcpy(address, p->address, sizeof(p->address));
		if (pick(state, 2))
			address[pick(state, 16)] ^= (u8)(1 << pick(state, 8));
	} else if (value != RT_NONE && le32_to_cpu(rt_value(b, value)->length) == 32) {
		const u8 *text = rt_strings(b) + le32_to_cpu(rt_value(b, value)->data);
		char digits[3] = { 0 };

		for (i = 0; i < 16; i++) {
			memcpy(digits, text + 2 * i, 2);
			address[i] = (u8)strtoul(digits, NULL, 16);
		}
	}
}

static void add_connection(const struct rt_bundle *b, struct query *q, u32 *state)
{
	struct rt_connection *connection = &q->connection;
	u32 names = rt_count(b, RT_SECTION_NAMES), i;

	add_remote(b, q, state);
	if (pick(state, 3) == 0)
		change_address(b, q, state);
	connection->protocol = pick(state, 2) ? RT_PROTOCOL_UDP : RT_PROTOCOL_TCP;
	connection->local_port = (u16)pick_number(b, RT_FIELD_DESTINATION_PORT, state);
	connection->time = pick_number(b, RT_FIELD_TIME, state);
	if (pick(state, 2))	/* some week, at the minute in question; 1970 began on a Thursday */
		connection->time = (pick(state, 1000) * 10080 + 5760 + pick_number(b, RT_FIELD_WEEK_MINUTE, state)) * 60;
	connection->names = q->names;
	connection->name_count = pick(state, 4);
	for (i = 0; i < connection->name_count; i++) {
		if (names > 0 && pick(state, 2)) {
			const struct rt_name *n = rt_name(b, pick(state, names));

			q->names[i].length = le32_to_cpu(n->name_length);
			q->names[i].bytes = exact_copy(rt_strings(b) + le32_to_cpu(n->name_offset), q->names[i].length);
		} else {
			q->names[i] = pick_text(b, RT_FIELD_DESTINATION_NAME, RT_FIELD_DESTINATION_NAME, state);
		}
	}
}

/* spiffe:// and a domain and a path that conditions look for. */
static void add_peer(const struct rt_bundle *b, struct query *q, u32 *state)
{
	struct rt_bytes domain = pick_text(b, RT_FIELD_PEER_DOMAIN, RT_FIELD_PEER_DOMAIN, state);
	struct rt_bytes path = pick_text(b, RT_FIELD_PEER_PATH, RT_FIELD_PEER_PATH, state);
	struct rt_bytes *peer = &q->connection.peer;
	u8 *text;

	if (pick(state, 3) == 0) {
		*peer = pick_text(b, RT_FIELD_PEER_ID, RT_FIELD_PEER_ID, state);
	} else {
		peer->length = 9 + domain.length + path.length;
		text = malloc(peer->length);
		if (!text)
			abort();
		memcpy(text, "spiffe://", 9);
		if (domain.length > 0)
			memcpy(text + 9, domain.bytes, domain.length);
		if (path.length > 0)
			memcpy(text + 9 + domain.length, path.bytes, path.length);
		peer->bytes = text;
	}
	free((void *)domain.bytes);
	free((void *)path.bytes);
}

void ask_what_it_suggests(const struct rt_bundle *b, u32 seed, u32 count)
{
	u32 state = seed | 1;

	while (count-- > 0) {
		struct query q = { .accept = pick(&state, 4) == 0 };
		struct rt_verdict v;

		add_facts(b, &q, &state);
		add_labels(b, &q, &state);
		add_placeholders(b, &q, &state);
		add_connection(b, &q, &state);
		add_peer(b, &q, &state);
		answer(b, &q, &v);
		check_answer(b, &q, &v);
		free_query(&q);
	}
}
