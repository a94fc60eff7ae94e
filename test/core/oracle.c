// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The meaning of a bundle by brute force, to hold the evaluator against. It looks at every selector, rule, service and
 * address; it uses no bucket, no posting, no child of a node. So it agrees with the evaluator only when the
 * verifier makes sure that the indices lead to all that is there.
 */
#include <string.h>
#include "query.h"
#include "tables.h"

static bool value_holds(const struct rt_bundle *b, const struct rt_value *v, const struct query *q)
{
	u16 fact = le16_to_cpu(v->fact);
	u32 data = le32_to_cpu(v->data), length = le32_to_cpu(v->length);
	u32 i;

	if (fact == RT_FACT_DESTINATION_PORT)
		return !q->accept && data == q->destination.port;
	for (i = 0; i < q->facts.count; i++) {
		const struct rt_fact_value *f = &q->facts.fact[i];

		if (f->fact != fact)
			continue;
		switch (rt_fact_kinds[fact].match) {
		case RT_MATCH_NUMBER:
			return data == f->number;
		case RT_MATCH_STRING:
			return length == f->length && memcmp(rt_strings(b) + data, f->bytes, length) == 0;
		default:
			return length <= f->length && memcmp(rt_strings(b) + data, f->bytes, length) == 0;
		}
	}
	return false;
}

static bool list_has(const struct rt_bundle *b, u32 section, struct rt_slice s, u32 number)
{
	u32 i;

	for (i = s.first; i < s.first + s.count; i++)
		if (rt_item(b, section, i) == number)
			return true;
	return false;
}

static bool term_is_true(const struct rt_bundle *b, u32 term, const struct query *q)
{
	u32 i;

	for (i = 0; i < rt_count(b, RT_SECTION_VALUES); i++) {
		const struct rt_value *v = rt_value(b, i);

		if (list_has(b, RT_SECTION_VALUE_TERMS, rt_slice(v->terms_first, v->terms_count), term) &&
		    value_holds(b, v, q))
			return true;
	}
	return false;
}

static u32 identity_of(const struct rt_bundle *b, const struct query *q)
{
	u32 i, j;

	for (i = 0; i < rt_count(b, RT_SECTION_SELECTORS); i++) {
		const struct rt_selector *s = rt_selector(b, i);
		struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
		bool all = true;

		for (j = terms.first; all && j < terms.first + terms.count; j++)
			all = term_is_true(b, rt_item(b, RT_SECTION_SELECTOR_TERMS, j), q);
		if (all)
			return le32_to_cpu(s->identity);
	}
	return RT_NONE;
}

static bool makes_sense(const struct rt_facts *facts)
{
	u32 i, j;

	if (facts->count > RT_MAX_FACTS)
		return false;
	for (i = 0; i < facts->count; i++) {
		const struct rt_fact_value *f = &facts->fact[i];

		if (f->fact >= RT_FACT_NUMBERS || !rt_fact_kinds[f->fact].known ||
		    f->fact == RT_FACT_DESTINATION_PORT)
			return false;
		for (j = 0; j < i; j++)
			if (facts->fact[j].fact == f->fact)
				return false;
	}
	return true;
}

static bool in_prefix(const u8 *address, const u8 *prefix, u32 bits)
{
	u32 i;

	for (i = 0; i < bits; i++)
		if (((address[i / 8] ^ prefix[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}

/* Whether a service is at the destination. */
static bool is_there(const struct rt_bundle *b, const struct rt_family *family, const u8 *address, u32 port,
		     u32 service)
{
	u32 i, j;

	for (i = 0; i < rt_count(b, family->exact); i++) {
		struct rt_exact e = rt_exact(b, family, i);

		if (memcmp(e.address, address, family->size) == 0 && (e.port == 0 || e.port == port) &&
		    list_has(b, RT_SECTION_DESTINATION_SERVICES, e.services, service))
			return true;
	}
	for (i = 0; i < rt_count(b, family->trie); i++) {
		struct rt_node n = rt_node(b, family, i);

		if (!in_prefix(address, n.address, n.prefix_length))
			continue;
		for (j = n.ports.first; j < n.ports.first + n.ports.count; j++) {
			const struct rt_port_range *r = rt_port_range(b, j);

			if (port >= le16_to_cpu(r->low) && port <= le16_to_cpu(r->high) &&
			    list_has(b, RT_SECTION_DESTINATION_SERVICES,
				     rt_slice(r->services_first, r->services_count), service))
				return true;
		}
	}
	return false;
}

static void decide(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool four = memcmp(q->destination.address, mapped, sizeof(mapped)) == 0;
	const struct rt_family *family = four ? &rt_ipv4 : &rt_ipv6;
	const u8 *address = q->destination.address + (four ? 12 : 0);
	u32 i, s;

	for (i = RT_POSTURES; i < rt_count(b, RT_SECTION_RULES); i++) {
		const struct rt_rule *r = rt_rule(b, i);

		if (le32_to_cpu(r->identity) != v->identity)
			continue;
		if (le16_to_cpu(r->kind) == RT_RULE_KIND_IDENTITY_DEFAULT) {
			v->rule = i;	/* unless a later one grants */
			continue;
		}
		for (s = 0; s < rt_count(b, RT_SECTION_SERVICES); s++) {
			const struct rt_service *service = rt_service(b, s);
			struct rt_slice sets = rt_slice(service->sets_first, service->sets_count);

			if (list_has(b, RT_SECTION_SERVICE_SETS, sets, le32_to_cpu(r->set)) &&
			    is_there(b, family, address, q->destination.port, s)) {
				v->rule = i;
				v->service = s;
				return;
			}
		}
	}
}

void answer_slowly(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	*v = (struct rt_verdict){ RT_ACTION_DENY, RT_NONE, RT_NONE, RT_NONE };
	if (!makes_sense(&q->facts))
		return;
	v->identity = identity_of(b, q);
	if (q->accept)
		v->rule = 1;
	else if (v->identity == RT_NONE)
		v->rule = 0;
	else
		decide(b, q, v);
	v->action = le16_to_cpu(rt_rule(b, v->rule)->action);
}
