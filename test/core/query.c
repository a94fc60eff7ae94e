// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "query.h"

const u8 *take(struct cursor *c, size_t length)
{
	const u8 *p = c->p;

	if ((size_t)(c->end - c->p) < length)
		return NULL;
	c->p += length;
	return p;
}

u32 take_number(struct cursor *c, size_t size)
{
	const u8 *p = take(c, size);
	u32 number = 0;

	while (p && size-- > 0)
		number = number << 8 | p[size];
	return number;
}

void *exact_copy(const void *bytes, size_t size)
{
	void *copy = malloc(size > 0 ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, size);
	return copy;
}

bool next_query(struct cursor *c, struct query *q)
{
	u32 facts, i;

	memset(q, 0, sizeof(*q));
	if (c->p == c->end)
		return false;
	q->accept = take_number(c, 1) != 0;
	facts = take_number(c, 1);
	q->facts.count = facts;	/* more than there is room for is a question too */
	for (i = 0; i < facts && i < RT_MAX_FACTS; i++) {
		struct rt_fact_value *f = &q->facts.fact[i];
		const u8 *bytes;

		f->fact = (u16)take_number(c, 2);
		f->length = (u16)take_number(c, 2);
		f->number = take_number(c, 4);
		bytes = take(c, f->length);
		if (bytes)
			f->bytes = exact_copy(bytes, f->length);
		else
			f->length = 0;
	}
	if (!q->accept) {
		const u8 *address = take(c, sizeof(q->destination.address));

		if (address)
			memcpy(q->destination.address, address, sizeof(q->destination.address));
		q->destination.port = (u16)take_number(c, 2);
	}
	return true;
}

void free_query(struct query *q)
{
	u32 i;

	for (i = 0; i < RT_MAX_FACTS; i++)
		free((void *)q->facts.fact[i].bytes);
}

void answer(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	if (q->accept)
		rt_decide_accept(b, &q->facts, v);
	else
		rt_decide_connect(b, &q->facts, &q->destination, v);
}

static bool in_section(const struct rt_bundle *b, u32 section, u32 index)
{
	return index == RT_NONE || index < b->section[section].count;
}

void check_answer(const struct rt_bundle *b, const struct query *q, const struct rt_verdict *v)
{
	struct rt_verdict slow;

	if (!in_section(b, RT_SECTION_RULES, v->rule) || !in_section(b, RT_SECTION_IDENTITIES, v->identity) ||
	    !in_section(b, RT_SECTION_SERVICES, v->service) ||
	    (v->rule == RT_NONE && v->action != RT_ACTION_DENY)) {
		fprintf(stderr, "a verdict points outside its bundle\n");
		abort();
	}
	if ((v->identity != RT_NONE && strlen(rt_workload_id(b, v->identity)) == 0) ||
	    (v->service != RT_NONE && strlen(rt_service_name(b, v->service)) == 0) ||
	    strlen(rt_trust_domain(b)) == 0) {
		fprintf(stderr, "a name is empty\n");
		abort();
	}
	answer_slowly(b, q, &slow);
	if (memcmp(v, &slow, sizeof(slow)) != 0) {
		fprintf(stderr, "action %u rule %u identity %u service %u, but by brute force %u %u %u %u\n",
			v->action, v->rule, v->identity, v->service, slow.action, slow.rule, slow.identity,
			slow.service);
		abort();
	}
}
