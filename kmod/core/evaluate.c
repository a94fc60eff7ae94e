// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * From facts and a destination to a verdict. Every loop here is bounded by the limits that the
 * verifier has enforced.
 */
#include "tables.h"

/* Values that can hold at once: one of each fact, more of those that match by prefix. */
#define VALUES_OF(n, m, l) + ((m) == RT_MATCH_PREFIX ? RT_MAX_PREFIX_HITS : 1)
enum { MAX_VALUES = 0 RT_FACT_TABLE(VALUES_OF) };

/* The entries of `values` that hold of a process. */
struct held {
	u32 count;
	u32 value[MAX_VALUES];
};

/* The best rule found so far for an identity, and the service that led to it. */
struct search {
	const struct rt_bundle *b;
	u32 identity;
	struct rt_slice rules;		/* the identity's egress rules */
	u32 rule;
	u32 service;
};

static void set_verdict(const struct rt_bundle *b, struct rt_verdict *verdict, u32 rule,
			u32 identity, u32 service)
{
	verdict->action = le16_to_cpu(rt_rule(b, rule)->action);
	verdict->rule = rule;
	verdict->identity = identity;
	verdict->service = service;
}

static void refuse_to_answer(struct rt_verdict *verdict)
{
	verdict->action = RT_ACTION_DENY;
	verdict->rule = RT_NONE;
	verdict->identity = RT_NONE;
	verdict->service = RT_NONE;
}

static bool hold(struct held *held, u32 value)
{
	if (held->count >= MAX_VALUES)
		return false;
	held->value[held->count++] = value;
	return true;
}

static u32 find_number(const struct rt_bundle *b, u32 fact, u32 number)
{
	u32 state = rt_hash_u32(rt_hash_u16(RT_HASH_START, fact), number);
	struct rt_slice s = rt_bucket(b, RT_SECTION_VALUE_BUCKETS, rt_hash_finish(state));
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_value *v = rt_value(b, i);

		if (le16_to_cpu(v->fact) == fact && le32_to_cpu(v->data) == number)
			return i;
	}
	return RT_NONE;
}

/* `hash` is that of the fact and the bytes. */
static u32 find_bytes(const struct rt_bundle *b, u32 fact, u32 hash, const u8 *bytes, u32 length)
{
	struct rt_slice s = rt_bucket(b, RT_SECTION_VALUE_BUCKETS, hash);
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_value *v = rt_value(b, i);

		if (le16_to_cpu(v->fact) == fact && le32_to_cpu(v->length) == length &&
		    rt_same_bytes(rt_strings(b) + le32_to_cpu(v->data), bytes, length))
			return i;
	}
	return RT_NONE;
}

/* Adds every value that is the start of a text. One pass over the text gives the hashes of all. */
static bool hold_prefixes(const struct rt_bundle *b, const struct rt_fact_value *f,
			  struct held *held)
{
	u32 state = rt_hash_u16(RT_HASH_START, f->fact);
	u32 done = 0;
	u32 i;

	for (i = 0; i < rt_count(b, RT_SECTION_PREFIX_LENGTHS); i++) {
		u32 length = rt_item(b, RT_SECTION_PREFIX_LENGTHS, i);
		u32 value;

		if (length > f->length)
			break;
		state = rt_hash_bytes(state, f->bytes + done, length - done);
		done = length;
		value = find_bytes(b, f->fact, rt_hash_finish(state), f->bytes, length);
		if (value != RT_NONE && !hold(held, value))
			return false;
	}
	return true;
}

static bool hold_fact(const struct rt_bundle *b, const struct rt_fact_value *f, struct held *held)
{
	u32 state, value;

	switch (rt_fact_kinds[f->fact].match) {
	case RT_MATCH_NUMBER:
		value = find_number(b, f->fact, f->number);
		break;
	case RT_MATCH_STRING:
		state = rt_hash_bytes(rt_hash_u16(RT_HASH_START, f->fact), f->bytes, f->length);
		value = find_bytes(b, f->fact, rt_hash_finish(state), f->bytes, f->length);
		break;
	case RT_MATCH_PREFIX:
		return hold_prefixes(b, f, held);
	default:
		return false;
	}
	return value == RT_NONE || hold(held, value);
}

/* False when the facts make no sense. */
static bool hold_facts(const struct rt_bundle *b, const struct rt_facts *facts, struct held *held)
{
	u32 seen = 1U << RT_FACT_DESTINATION_PORT;	/* not the caller's to say */
	u32 i;

	static_assert(RT_FACT_NUMBERS <= 32, "one bit for each fact");
	held->count = 0;
	if (facts->count > RT_MAX_FACTS)
		return false;
	for (i = 0; i < facts->count; i++) {
		const struct rt_fact_value *f = &facts->fact[i];

		if (f->fact >= RT_FACT_NUMBERS || !rt_fact_kinds[f->fact].known ||
		    (seen & (1U << f->fact)))
			return false;
		seen |= 1U << f->fact;
		if (rt_fact_kinds[f->fact].match != RT_MATCH_NUMBER && f->length > 0 && !f->bytes)
			return false;
		if (!hold_fact(b, f, held))
			return false;
	}
	return true;
}

static bool term_holds(const struct rt_bundle *b, const struct held *held, u32 term)
{
	u32 i;

	for (i = 0; i < held->count; i++) {
		const struct rt_value *v = rt_value(b, held->value[i]);

		if (rt_list_has(b, RT_SECTION_VALUE_TERMS, rt_slice(v->terms_first, v->terms_count),
				term))
			return true;
	}
	return false;
}

/* `known` is a term that is already known to hold. */
static bool selector_holds(const struct rt_bundle *b, const struct held *held, u32 selector,
			   u32 known)
{
	const struct rt_selector *s = rt_selector(b, selector);
	struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
	u32 i;

	for (i = terms.first; i < terms.first + terms.count; i++) {
		u32 term = rt_item(b, RT_SECTION_SELECTOR_TERMS, i);

		if (term != known && !term_holds(b, held, term))
			return false;
	}
	return true;
}

/* The lowest selector that holds among those listed under a term, or `best` if that is lower. */
static u32 try_term(const struct rt_bundle *b, const struct held *held, u32 term, u32 best)
{
	const struct rt_term *t = rt_term(b, term);
	struct rt_slice selectors = rt_slice(t->selectors_first, t->selectors_count);
	u32 i;

	for (i = selectors.first; i < selectors.first + selectors.count; i++) {
		u32 selector = rt_item(b, RT_SECTION_POSTINGS, i);

		if (selector >= best)
			break;
		if (selector_holds(b, held, selector, term))
			return selector;
	}
	return best;
}

/* The identity that the values describe, or RT_NONE. */
static u32 find_identity(const struct rt_bundle *b, const struct held *held)
{
	u32 best = RT_NONE;
	u32 i, j;

	for (i = 0; i < held->count; i++) {
		const struct rt_value *v = rt_value(b, held->value[i]);
		struct rt_slice terms = rt_slice(v->terms_first, v->terms_count);

		for (j = terms.first; j < terms.first + terms.count; j++)
			best = try_term(b, held, rt_item(b, RT_SECTION_VALUE_TERMS, j), best);
	}
	return best == RT_NONE ? RT_NONE : le32_to_cpu(rt_selector(b, best)->identity);
}

/*
 * The first rule that grants a service. A service can be in many sets, and an identity can have
 * many rules: the shorter list is gone through, the other looked up.
 */
static u32 find_rule(const struct search *search, const struct rt_service *service)
{
	const struct rt_bundle *b = search->b;
	struct rt_slice sets = rt_slice(service->sets_first, service->sets_count);
	u32 best = RT_NONE;
	u32 i;

	if (search->rules.count < sets.count) {
		for (i = search->rules.first; i < search->rules.first + search->rules.count; i++) {
			u32 set = le32_to_cpu(rt_rule(b, i)->set);

			if (i > search->rule)
				break;
			if (rt_list_has(b, RT_SECTION_SERVICE_SETS, sets, set))
				return i;
		}
		return RT_NONE;
	}
	for (i = sets.first; i < sets.first + sets.count; i++) {
		u32 set = rt_item(b, RT_SECTION_SERVICE_SETS, i);
		u32 rule = rt_find_grant(b, search->identity, set);

		if (rule < best)
			best = rule;
	}
	return best;
}

static void search_services(struct search *search, struct rt_slice services)
{
	u32 i;

	for (i = services.first; i < services.first + services.count; i++) {
		u32 service = rt_item(search->b, RT_SECTION_DESTINATION_SERVICES, i);
		u32 rule = find_rule(search, rt_service(search->b, service));

		if (rule == RT_NONE)
			continue;
		if (rule < search->rule || (rule == search->rule && service < search->service)) {
			search->rule = rule;
			search->service = service;
		}
	}
}

static void search_exact(struct search *search, const struct rt_family *family, const u8 *address,
			 u32 port)
{
	struct rt_slice s = rt_bucket(search->b, family->exact_buckets,
				      rt_exact_hash(address, family->size, port));
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		struct rt_exact e = rt_exact(search->b, family, i);

		if (e.port == port && rt_same_bytes(e.address, address, family->size)) {
			search_services(search, e.services);
			return;
		}
	}
}

/* The range that holds the port, among ranges that are ascending and disjoint. */
static void search_ports(struct search *search, struct rt_slice ports, u32 port)
{
	while (ports.count > 0) {
		u32 half = ports.count / 2;
		const struct rt_port_range *r = rt_port_range(search->b, ports.first + half);

		if (port < le16_to_cpu(r->low)) {
			ports.count = half;
		} else if (port > le16_to_cpu(r->high)) {
			ports.first += half + 1;
			ports.count -= half + 1;
		} else {
			search_services(search, rt_slice(r->services_first, r->services_count));
			return;
		}
	}
}

static void search_trie(struct search *search, const struct rt_family *family, const u8 *address,
			u32 port)
{
	u32 next = rt_count(search->b, family->trie) > 0 ? 0 : RT_NONE;

	while (next != RT_NONE) {
		struct rt_node node = rt_node(search->b, family, next);

		if (!rt_same_bits(node.address, address, node.prefix_length))
			return;
		search_ports(search, node.ports, port);
		if (node.prefix_length >= family->size * 8)
			return;
		next = rt_bit(address, node.prefix_length) ? node.right : node.left;
	}
}

static bool is_mapped(const u8 *address)
{
	u32 i;

	for (i = 0; i < 10; i++)
		if (address[i] != 0)
			return false;
	return address[10] == 0xff && address[11] == 0xff;
}

static void decide_destination(const struct rt_bundle *b, u32 identity,
			       const struct rt_destination *destination, struct rt_verdict *verdict)
{
	const struct rt_family *family = &rt_ipv6;
	const u8 *address = destination->address;
	u32 rules = le32_to_cpu(rt_identity(b, identity)->rules_first);
	struct search search = {
		.b = b,
		.identity = identity,
		.rules = { rules + 1, le32_to_cpu(rt_identity(b, identity)->rules_count) - 1 },
		.rule = RT_NONE,
		.service = RT_NONE,
	};

	if (is_mapped(address)) {
		family = &rt_ipv4;
		address += 12;
	}
	search_exact(&search, family, address, destination->port);
	if (destination->port != 0)
		search_exact(&search, family, address, 0);
	search_trie(&search, family, address, destination->port);
	set_verdict(b, verdict, search.rule == RT_NONE ? rules : search.rule, identity,
		    search.service);
}

void rt_decide_connect(const struct rt_bundle *b, const struct rt_facts *facts,
		       const struct rt_destination *destination, struct rt_verdict *verdict)
{
	u32 identity, port;
	struct held held;

	refuse_to_answer(verdict);
	if (b->size == 0 || !hold_facts(b, facts, &held))
		return;
	port = find_number(b, RT_FACT_DESTINATION_PORT, destination->port);
	if (port != RT_NONE && !hold(&held, port))
		return;
	identity = find_identity(b, &held);
	if (identity == RT_NONE)
		set_verdict(b, verdict, RT_RULE_EGRESS_POSTURE, RT_NONE, RT_NONE);
	else
		decide_destination(b, identity, destination, verdict);
}

void rt_decide_accept(const struct rt_bundle *b, const struct rt_facts *facts,
		      struct rt_verdict *verdict)
{
	struct held held;

	refuse_to_answer(verdict);
	if (b->size == 0 || !hold_facts(b, facts, &held))
		return;
	set_verdict(b, verdict, RT_RULE_INGRESS_POSTURE, find_identity(b, &held), RT_NONE);
}

static const char *name_at(const struct rt_bundle *b, __le32 offset)
{
	return (const char *)rt_strings(b) + le32_to_cpu(offset);
}

const char *rt_trust_domain(const struct rt_bundle *b)
{
	return name_at(b, b->header->trust_domain_offset);
}

const char *rt_workload_id(const struct rt_bundle *b, u32 identity)
{
	return name_at(b, rt_identity(b, identity)->workload_id_offset);
}

const char *rt_service_name(const struct rt_bundle *b, u32 service)
{
	return name_at(b, rt_service(b, service)->name_offset);
}
