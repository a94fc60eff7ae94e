// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * From a destination to the rule of an identity that grants it. Every loop is bounded by limits
 * that the verifier has enforced.
 */
#include "evaluate.h"

/* The best rule found so far, and the service that led to it. */
struct rule_search {
	const struct rt_bundle *b;
	struct rt_question *q;
	u32 identity;
	u32 skipped;			/* services with this flag are not there by the protocol */
	struct rt_slice rules;		/* the identity's egress rules */
	u32 rule;
	u32 service;
	u32 proven;			/* a rule that holds for the name that is tried */
	u32 failed_count;		/* rules whose condition does not hold for it */
	u32 failed[RT_MAX_CONDITIONAL_RULES];
};

static bool has_failed(const struct rule_search *search, u32 rule)
{
	u32 i;

	for (i = 0; i < search->failed_count; i++)
		if (search->failed[i] == rule)
			return true;
	return false;
}

/* Whether a rule that is no higher than the best grants what it names. */
static bool rule_holds(struct rule_search *search, u32 rule)
{
	u32 condition = rt_rule_condition(search->b, rt_rule(search->b, rule));

	if (condition == RT_NONE || rule == search->proven)
		return true;
	if (has_failed(search, rule))
		return false;
	if (rt_run_condition(search->b, condition, search->q))
		return true;
	if (search->failed_count < RT_MAX_CONDITIONAL_RULES)
		search->failed[search->failed_count++] = rule;
	return false;
}

/* The lowest rule by which the identity is granted a set, if it is lower than `best`. */
static u32 find_grant(struct rule_search *search, u32 set, u32 best)
{
	const struct rt_bundle *b = search->b;
	struct rt_slice s = rt_bucket(b, RT_SECTION_GRANT_BUCKETS,
				      rt_grant_hash(search->identity, set));
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		u32 rule = rt_item(b, RT_SECTION_GRANTS, i);
		const struct rt_rule *r = rt_rule(b, rule);

		if (le32_to_cpu(r->identity) == search->identity && le32_to_cpu(r->set) == set &&
		    rule < best && rule <= search->rule && rule_holds(search, rule))
			best = rule;
	}
	return best;
}

/*
 * The first rule that grants a service, unless it is higher than the best. A service can be in
 * many sets, and an identity can have many rules: the shorter list is gone through, the other
 * looked up.
 */
static u32 find_rule(struct rule_search *search, const struct rt_service *service)
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
			if (rt_list_has(b, RT_SECTION_SERVICE_SETS, sets, set) &&
			    rule_holds(search, i))
				return i;
		}
		return RT_NONE;
	}
	for (i = sets.first; i < sets.first + sets.count; i++)
		best = find_grant(search, rt_item(b, RT_SECTION_SERVICE_SETS, i), best);
	return best;
}

static void search_services(struct rule_search *search, struct rt_slice services)
{
	u32 i;

	for (i = services.first; i < services.first + services.count; i++) {
		u32 item = rt_item(search->b, RT_SECTION_DESTINATION_SERVICES, i);
		u32 service = rt_listed_service(item);
		u32 rule;

		if (item & search->skipped)
			continue;
		rule = find_rule(search, rt_service(search->b, service));
		if (rule == RT_NONE)
			continue;
		if (rule < search->rule || (rule == search->rule && service < search->service)) {
			search->rule = rule;
			search->service = service;
			search->proven = rule;
		}
	}
}

static void search_exact(struct rule_search *search, const struct rt_ip_layout *family,
			 const u8 *address, u32 port)
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
static void search_ports(struct rule_search *search, struct rt_slice ports, u32 port)
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

static void search_trie(struct rule_search *search, const struct rt_ip_layout *family,
			const u8 *address, u32 port)
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

u32 rt_find_name(const struct rt_bundle *b, const struct rt_bytes *name)
{
	struct rt_slice s = rt_bucket(b, RT_SECTION_NAME_BUCKETS,
				      rt_name_hash(name->bytes, name->length));
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_name *n = rt_name(b, i);

		if (le32_to_cpu(n->name_length) == name->length &&
		    rt_same_bytes(rt_strings(b) + le32_to_cpu(n->name_offset), name->bytes,
				  name->length))
			return i;
	}
	return RT_NONE;
}

static void search_name(struct rule_search *search, const struct rt_bytes *name, u32 port)
{
	u32 found = rt_find_name(search->b, name);
	const struct rt_name *n;

	if (found == RT_NONE)
		return;
	n = rt_name(search->b, found);
	search_ports(search, rt_slice(n->ports_first, n->ports_count), port);
}

static bool is_mapped(const u8 *address)
{
	u32 i;

	for (i = 0; i < 10; i++)
		if (address[i] != 0)
			return false;
	return address[10] == 0xff && address[11] == 0xff;
}

struct rt_found rt_find_rule(const struct rt_bundle *b, u32 identity, struct rt_question *q)
{
	const struct rt_identity *id = rt_identity(b, identity);
	const u8 *address = q->connection->remote.address;
	u32 port = q->connection->remote.port;
	const struct rt_ip_layout *family = &rt_ipv6;
	struct rule_search search;
	u32 i;

	q->depends |= RT_DEPENDS_ON_REMOTE;
	/* One by one: the room for failed rules need not be cleared. */
	search.b = b;
	search.q = q;
	search.identity = identity;
	search.skipped = rt_listing_without(q->connection->protocol);
	search.rules.first = le32_to_cpu(id->rules_first) + 1;
	search.rules.count = le32_to_cpu(id->rules_count) - 1;
	search.rule = RT_NONE;
	search.service = RT_NONE;
	if (is_mapped(address)) {
		family = &rt_ipv4;
		address += 12;
	}
	for (i = 0; i < rt_names_to_try(q); i++) {
		rt_try_name(q, i);
		search.proven = RT_NONE;
		search.failed_count = 0;
		search_exact(&search, family, address, port);
		if (port != 0)
			search_exact(&search, family, address, 0);
		search_trie(&search, family, address, port);
		if (q->name.length > 0)
			search_name(&search, &q->name, port);
	}
	return (struct rt_found){ search.rule, search.service };
}
