// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Questions that a bundle suggests: processes that have values of its table, destinations that are in its tables. Chance
 * would hardly ask them, and only they lead to where a wrong index makes a difference.
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

static void add_facts(const struct rt_bundle *b, struct query *q, u32 *state)
{
	u32 fact;

	for (fact = 1; fact < RT_FACT_NUMBERS; fact++) {
		struct rt_fact_value *f = &q->facts.fact[q->facts.count];
		u32 value = rt_fact_kinds[fact].known ? pick_value(b, fact, state) : RT_NONE;
		const struct rt_value *v;

		if (fact == RT_FACT_DESTINATION_PORT || value == RT_NONE || pick(state, 5) == 0)
			continue;
		v = rt_value(b, value);
		f->fact = (u16)fact;
		f->number = le32_to_cpu(v->data);
		if (rt_fact_kinds[fact].match != RT_MATCH_NUMBER) {
			f->length = (u16)le32_to_cpu(v->length);
			f->bytes = exact_copy(rt_strings(b) + le32_to_cpu(v->data), f->length);
		}
		q->facts.count++;
	}
}

static u32 pick_port(const struct rt_bundle *b, u32 *state)
{
	u32 ranges = rt_count(b, RT_SECTION_PORT_RANGES);
	u32 value = pick_value(b, RT_FACT_DESTINATION_PORT, state);
	const struct rt_port_range *r;

	if (value != RT_NONE && pick(state, 4) == 0)
		return le32_to_cpu(rt_value(b, value)->data);
	if (ranges == 0 || pick(state, 8) == 0)
		return pick(state, 65536);
	r = rt_port_range(b, pick(state, ranges));
	return le16_to_cpu(pick(state, 2) ? r->low : r->high);
}

static void add_destination(const struct rt_bundle *b, struct query *q, u32 *state)
{
	const struct rt_family *family = pick(state, 2) ? &rt_ipv4 : &rt_ipv6;
	u32 exacts = rt_count(b, family->exact), nodes = rt_count(b, family->trie);
	u8 *address = q->destination.address;

	q->destination.port = (u16)pick_port(b, state);
	if (family->size == 4) {
		address[10] = 0xff;
		address[11] = 0xff;
		address += 12;
	}
	if (exacts > 0 && (nodes == 0 || pick(state, 2))) {
		struct rt_exact e = rt_exact(b, family, pick(state, exacts));

		memcpy(address, e.address, family->size);
		if (e.port != 0)
			q->destination.port = (u16)e.port;
	} else if (nodes > 0) {
		struct rt_node n = rt_node(b, family, pick(state, nodes));

		memcpy(address, n.address, family->size);
		if (n.prefix_length < family->size * 8 && pick(state, 2))
			address[n.prefix_length / 8] |= (u8)(0x80 >> n.prefix_length % 8);
	}
}

void ask_what_it_suggests(const struct rt_bundle *b, u32 seed, u32 count)
{
	u32 state = seed | 1;

	while (count-- > 0) {
		struct query q = { .accept = pick(&state, 8) == 0 };
		struct rt_verdict v;

		add_facts(b, &q, &state);
		add_destination(b, &q, &state);
		answer(b, &q, &v);
		check_answer(b, &q, &v);
		free_query(&q);
	}
}
