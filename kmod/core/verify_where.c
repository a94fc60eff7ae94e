// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies what leads from an address or a name, and a port, to services, and to their sets. */
#include "verify.h"

/* What a connection to a place makes the evaluator go through. */
struct load {
	u32 services;
	u32 sets;	/* that these services are in */
};

/*
 * The way from the root to a node, by those of its nodes that have ports: the prefix length of
 * each, and what the lists up to there can add up to, of services less one. Prefix lengths grow
 * along a way, so there are no more steps than lengths.
 */
struct way {
	u32 depth;
	u8 length[128 + 1];
	u8 services[128 + 1];
	u16 sets[128 + 1];
};

static_assert(RT_MAX_DESTINATION_SERVICES - 1 <= 0xff, "what a byte of struct way can hold");
static_assert(RT_MAX_DESTINATION_SETS <= 0xffff, "what a u16 of struct way can hold");

/* Where the next slices start. */
struct cursors {
	u32 ports;
	u32 services;
};

static int check_services(struct rt_check *c)
{
	u32 next = 0;
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_SERVICES); i++) {
		const struct rt_service *s = rt_service(c->b, i);
		const struct rt_slice_check slice = {
			RT_SECTION_SERVICES, i, RT_SECTION_SERVICE_SETS, 0, RT_MAX_SERVICE_SETS
		};
		struct rt_slice sets = rt_slice(s->sets_first, s->sets_count);

		err = rt_check_string(c, RT_SECTION_SERVICES, i, s->name_offset, s->name_length,
				      RT_MAX_STRING_LENGTH);
		if (err)
			return err;
		if (i > 0 && le32_to_cpu(s->name_offset) <=
			     le32_to_cpu(rt_service(c->b, i - 1)->name_offset))
			return rt_refuse(c, RT_SECTION_SERVICES, i, "names are not ascending");
		if (le32_to_cpu(s->flags) & ~RT_SERVICE_FLAGS)
			return rt_refuse(c, RT_SECTION_SERVICES, i, "a flag is not known");
		err = rt_check_slice(c, &slice, sets, &next);
		if (err)
			return err;
		err = rt_check_list(c, RT_SECTION_SERVICE_SETS, sets, c->b->set_count);
		if (err)
			return err;
	}
	return rt_check_end(c, RT_SECTION_SERVICE_SETS, next);
}

/* A list of services, each with flags. */
static int check_listing(struct rt_check *c, struct rt_slice list)
{
	const u32 of = RT_SECTION_DESTINATION_SERVICES;
	u32 before = RT_NONE;
	u32 i;

	for (i = list.first; i < list.first + list.count; i++) {
		u32 item = rt_item(c->b, of, i);
		u32 service = rt_listed_service(item);

		if (service >= rt_count(c->b, RT_SECTION_SERVICES))
			return rt_refuse(c, of, i, "a number is out of range");
		if (before != RT_NONE && service <= before)
			return rt_refuse(c, of, i, "a list is not ascending");
		if ((item & RT_LISTING_FLAGS) == RT_LISTING_FLAGS)
			return rt_refuse(c, of, i, "a service is there by no protocol");
		before = service;
	}
	return 0;
}

/* The services of an entry of an exact table, or of a port range. */
static int check_destination(struct rt_check *c, u32 section, u32 index, struct rt_slice services,
			     struct cursors *next, struct load *own)
{
	const struct rt_slice_check slice = {
		section, index, RT_SECTION_DESTINATION_SERVICES, 1, RT_MAX_DESTINATION_SERVICES
	};
	u32 i;
	int err;

	err = rt_check_slice(c, &slice, services, &next->services);
	if (err)
		return err;
	err = check_listing(c, services);
	if (err)
		return err;
	own->services = services.count;
	own->sets = 0;
	for (i = services.first; i < services.first + services.count; i++) {
		u32 item = rt_item(c->b, RT_SECTION_DESTINATION_SERVICES, i);
		u32 service = rt_listed_service(item);

		own->sets += le32_to_cpu(rt_service(c->b, service)->sets_count);
	}
	if (own->sets > RT_MAX_DESTINATION_SETS)
		return rt_refuse(c, section, index,
				 "the services of one address are in too many sets");
	return 0;
}

static int check_bucket_of_exact(struct rt_check *c, const struct rt_ip_layout *family, u32 bucket,
				 struct cursors *next)
{
	struct rt_slice s = rt_bucket(c->b, family->exact_buckets, bucket);
	u32 mask = rt_count(c->b, family->exact_buckets) - 2;
	struct load own;
	u32 i, j;
	int err;

	for (i = s.first; i < s.first + s.count; i++) {
		struct rt_exact e = rt_exact(c->b, family, i);

		if (e.reserved != 0)
			return rt_refuse(c, family->exact, i, "a reserved field is not zero");
		if ((rt_exact_hash(e.address, family->size, e.port) & mask) != bucket)
			return rt_refuse(c, family->exact, i, "an entry is in the wrong bucket");
		for (j = s.first; j < i; j++) {
			struct rt_exact other = rt_exact(c->b, family, j);

			if (other.port == e.port &&
			    rt_same_bytes(other.address, e.address, family->size))
				return rt_refuse(c, family->exact, i, "an entry is there twice");
		}
		err = check_destination(c, family->exact, i, e.services, next, &own);
		if (err)
			return err;
	}
	return 0;
}

static int check_exact(struct rt_check *c, const struct rt_ip_layout *family, struct cursors *next)
{
	u32 h;
	int err;

	err = rt_check_buckets(c, family->exact_buckets, family->exact);
	if (err)
		return err;
	for (h = 0; h + 1 < rt_count(c->b, family->exact_buckets); h++) {
		err = check_bucket_of_exact(c, family, h, next);
		if (err)
			return err;
	}
	return 0;
}

/* The port ranges of a node or name. `most` becomes the most of each that one of them has. */
static int check_ports(struct rt_check *c, struct rt_slice ports, struct cursors *next,
		       struct load *most)
{
	struct load own;
	u32 i;
	int err;

	most->services = 0;
	most->sets = 0;
	for (i = ports.first; i < ports.first + ports.count; i++) {
		const struct rt_port_range *r = rt_port_range(c->b, i);
		struct rt_slice services = rt_slice(r->services_first, r->services_count);

		if (le16_to_cpu(r->low) > le16_to_cpu(r->high))
			return rt_refuse(c, RT_SECTION_PORT_RANGES, i,
					 "a port range ends before it starts");
		if (i > ports.first &&
		    le16_to_cpu(r->low) <= le16_to_cpu(rt_port_range(c->b, i - 1)->high))
			return rt_refuse(c, RT_SECTION_PORT_RANGES, i,
					 "port ranges are not ascending and disjoint");
		err = check_destination(c, RT_SECTION_PORT_RANGES, i, services, next, &own);
		if (err)
			return err;
		if (own.services > most->services)
			most->services = own.services;
		if (own.sets > most->sets)
			most->sets = own.sets;
	}
	return 0;
}

/* Adds a node to the way that led to the node before it. Why that is too much, or NULL. */
static const char *step(struct way *way, const struct rt_node *node, const u8 *before,
			struct load load)
{
	while (way->depth > 0 && !rt_same_bits(node->address, before, way->length[way->depth - 1]))
		way->depth--;
	if (load.services == 0)
		return NULL;
	if (way->depth > 0) {
		load.services += way->services[way->depth - 1] + 1U;
		load.sets += way->sets[way->depth - 1];
	}
	if (load.services > RT_MAX_DESTINATION_SERVICES)
		return "too many services on the way to a node";
	if (load.sets > RT_MAX_DESTINATION_SETS)
		return "services on the way to a node are in too many sets";
	way->length[way->depth] = (u8)node->prefix_length;
	way->services[way->depth] = (u8)(load.services - 1);
	way->sets[way->depth] = (u16)load.sets;
	way->depth++;
	return NULL;
}

/* The ports and services of the nodes; the nodes themselves were checked. */
static int check_lists(struct rt_check *c, const struct rt_ip_layout *family, struct cursors *next)
{
	const u8 *before = NULL;
	const char *reason;
	struct load most;
	struct way way;
	u32 i;
	int err;

	way.depth = 0;
	for (i = 0; i < rt_count(c->b, family->trie); i++) {
		const struct rt_slice_check slice = { family->trie, i, RT_SECTION_PORT_RANGES, 0,
						      RT_NONE };
		struct rt_node node = rt_node(c->b, family, i);

		err = rt_check_slice(c, &slice, node.ports, &next->ports);
		if (err)
			return err;
		err = check_ports(c, node.ports, next, &most);
		if (err)
			return err;
		reason = step(&way, &node, before, most);
		if (reason)
			return rt_refuse(c, family->trie, i, reason);
		before = node.address;
	}
	return 0;
}

static int check_name(struct rt_check *c, u32 index, u32 bucket, u32 bucket_first)
{
	const struct rt_name *n = rt_name(c->b, index);
	u32 mask = rt_count(c->b, RT_SECTION_NAME_BUCKETS) - 2;
	u32 length = le32_to_cpu(n->name_length);
	u32 i;
	int err;

	err = rt_check_string(c, RT_SECTION_NAMES, index, n->name_offset, n->name_length,
			      RT_MAX_HOST_NAME_LENGTH);
	if (err)
		return err;
	if ((rt_name_hash(rt_strings(c->b) + le32_to_cpu(n->name_offset), length) & mask) != bucket)
		return rt_refuse(c, RT_SECTION_NAMES, index, "an entry is in the wrong bucket");
	for (i = bucket_first; i < index; i++) /* equal strings have equal offsets */
		if (rt_name(c->b, i)->name_offset == n->name_offset)
			return rt_refuse(c, RT_SECTION_NAMES, index, "an entry is there twice");
	return 0;
}

static int check_bucket_of_names(struct rt_check *c, u32 bucket, struct cursors *next)
{
	struct rt_slice s = rt_bucket(c->b, RT_SECTION_NAME_BUCKETS, bucket);
	struct load most;
	u32 i;
	int err;

	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_name *n = rt_name(c->b, i);
		const struct rt_slice_check slice = { RT_SECTION_NAMES, i, RT_SECTION_PORT_RANGES,
						      1, RT_NONE };
		struct rt_slice ports = rt_slice(n->ports_first, n->ports_count);

		err = check_name(c, i, bucket, s.first);
		if (err)
			return err;
		err = rt_check_slice(c, &slice, ports, &next->ports);
		if (err)
			return err;
		err = check_ports(c, ports, next, &most);
		if (err)
			return err;
	}
	return 0;
}

static int check_names(struct rt_check *c, struct cursors *next)
{
	u32 h;
	int err;

	if (rt_count(c->b, RT_SECTION_NAMES) > 0)
		c->needs |= RT_FEATURE_NAMES;
	err = rt_check_buckets(c, RT_SECTION_NAME_BUCKETS, RT_SECTION_NAMES);
	if (err)
		return err;
	for (h = 0; h + 1 < rt_count(c->b, RT_SECTION_NAME_BUCKETS); h++) {
		err = check_bucket_of_names(c, h, next);
		if (err)
			return err;
	}
	return 0;
}

int rt_check_where(struct rt_check *c)
{
	struct cursors next = { 0, 0 };
	int err;

	err = check_services(c);
	if (err)
		return err;
	err = check_exact(c, &rt_ipv4, &next);
	if (err)
		return err;
	err = check_exact(c, &rt_ipv6, &next);
	if (err)
		return err;
	err = rt_check_nodes(c, &rt_ipv4);
	if (err)
		return err;
	err = rt_check_nodes(c, &rt_ipv6);
	if (err)
		return err;
	err = check_lists(c, &rt_ipv4, &next);
	if (err)
		return err;
	err = check_lists(c, &rt_ipv6, &next);
	if (err)
		return err;
	err = check_names(c, &next);
	if (err)
		return err;
	err = rt_check_end(c, RT_SECTION_PORT_RANGES, next.ports);
	if (err)
		return err;
	return rt_check_end(c, RT_SECTION_DESTINATION_SERVICES, next.services);
}
