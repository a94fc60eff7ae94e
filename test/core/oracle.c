// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The meaning of a bundle by brute force, to hold the evaluator against. It looks at every selector, rule, service and
 * address; it uses no bucket, no posting, no child of a node. So it agrees with the evaluator only when the
 * verifier makes sure that the indices lead to all that is there.
 */
#include <stdio.h>
#include <string.h>
#include "query.h"
#include "tables.h"

static const char *hex(const u8 *address)
{
	static char text[33];
	int i;

	for (i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", address[i]);
	return text;
}

static bool same_text(const struct rt_bundle *b, const struct rt_value *v, const void *bytes, u32 length)
{
	return le32_to_cpu(v->length) == length && memcmp(rt_strings(b) + le32_to_cpu(v->data), bytes, length) == 0;
}

/* What is true of the connection. */
static bool value_holds_of_connection(const struct rt_bundle *b, const struct rt_value *v, const struct query *q)
{
	const struct rt_remote *remote = &q->connection.remote;
	u32 data = le32_to_cpu(v->data), i;

	switch (le16_to_cpu(v->fact)) {
	case RT_FACT_DIRECTION:
		return data == (q->accept ? 1 : 0);
	case RT_FACT_DESTINATION_PORT:
		return !q->accept && data == remote->port;
	case RT_FACT_SOURCE_PORT:
		return q->accept && data == remote->port;
	case RT_FACT_DESTINATION_IP:
		return !q->accept && same_text(b, v, hex(remote->address), 32);
	case RT_FACT_SOURCE_IP:
		return q->accept && same_text(b, v, hex(remote->address), 32);
	default:
		for (i = 0; i < q->facts.label_count; i++)
			if (same_text(b, v, q->labels[i].bytes, q->labels[i].length))
				return true;
		return false;
	}
}

static bool is_of_process(u32 fact)
{
	return fact >= RT_FACT_PROCESS_NAME && fact <= RT_FACT_PROCESS_CMDLINE;
}

static bool value_holds(const struct rt_bundle *b, const struct rt_value *v, const struct query *q)
{
	u16 fact = le16_to_cpu(v->fact);
	u32 data = le32_to_cpu(v->data), length = le32_to_cpu(v->length);
	u32 i;

	if (!is_of_process(fact))
		return value_holds_of_connection(b, v, q);
	for (i = 0; i < q->facts.count; i++) {
		const struct rt_fact_value *f = &q->facts.fact[i];

		if (f->fact != fact)
			continue;
		switch (rt_fact_kinds[fact].match) {
		case RT_MATCH_NUMBER:
			return data == f->number;
		case RT_MATCH_STRING:
			return same_text(b, v, f->bytes, f->length);
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

/* Whether a selector has labels of the agent, and they alone keep it from holding, if anything does. */
static bool could_hold(const struct rt_bundle *b, const struct rt_selector *s, const struct query *q, bool *holds)
{
	struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
	bool asks = false;
	u32 i;

	*holds = true;
	for (i = terms.first; i < terms.first + terms.count; i++) {
		u32 term = rt_item(b, RT_SECTION_SELECTOR_TERMS, i);
		bool is = term_is_true(b, term, q);

		*holds = *holds && is;
		if (le16_to_cpu(rt_term(b, term)->flags) & RT_TERM_AGENT)
			asks = true;
		else if (!is)
			return false;
	}
	return asks;
}

/* Whether other labels of the agent could change who it is. */
static void consider_labels(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	bool holds = false;
	u32 i;

	for (i = 0; !holds && i < rt_count(b, RT_SECTION_SELECTORS); i++) {
		const struct rt_selector *s = rt_selector(b, i);
		u16 loss;

		if (!could_hold(b, s, q, &holds))
			continue;
		loss = (u16)le32_to_cpu(rt_precondition(b, le32_to_cpu(s->precondition))->agent_loss);
		if (!v->asks || loss < v->agent_loss)
			v->agent_loss = loss;
		v->asks = true;
	}
}

static bool makes_sense(const struct query *q)
{
	const struct rt_facts *facts = &q->facts;
	u32 i, j;

	if (q->connection.name_count > RT_MAX_NAMES)
		return false;
	if (facts->count > RT_MAX_FACTS || facts->label_count > RT_MAX_LABELS)
		return false;
	for (i = 0; i < facts->count; i++) {
		const struct rt_fact_value *f = &facts->fact[i];

		if (!is_of_process(f->fact))
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

/* Whether a service is in a list, and there by a protocol. */
static bool is_listed(const struct rt_bundle *b, struct rt_slice s, u32 service, u16 protocol)
{
	u32 without = protocol == RT_PROTOCOL_UDP ? RT_LISTING_NOT_UDP : RT_LISTING_NOT_TCP;
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		u32 item = rt_item(b, RT_SECTION_DESTINATION_SERVICES, i);

		if ((item & ~(u32)RT_LISTING_FLAGS) == service && !(item & without))
			return true;
	}
	return false;
}

static bool at_ports(const struct rt_bundle *b, struct rt_slice ports, const struct rt_connection *c, u32 service)
{
	u32 i;

	for (i = ports.first; i < ports.first + ports.count; i++) {
		const struct rt_port_range *r = rt_port_range(b, i);

		if (c->remote.port >= le16_to_cpu(r->low) && c->remote.port <= le16_to_cpu(r->high) &&
		    is_listed(b, rt_slice(r->services_first, r->services_count), service, c->protocol))
			return true;
	}
	return false;
}

/* Whether a service is at the destination. */
static bool is_there(const struct rt_bundle *b, const struct rt_connection *c, u32 service)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool four = memcmp(c->remote.address, mapped, sizeof(mapped)) == 0;
	const struct rt_ip_layout *family = four ? &rt_ipv4 : &rt_ipv6;
	const u8 *address = c->remote.address + (four ? 12 : 0);
	u32 port = c->remote.port, i;

	for (i = 0; i < rt_count(b, family->exact); i++) {
		struct rt_exact e = rt_exact(b, family, i);

		if (memcmp(e.address, address, family->size) == 0 && (e.port == 0 || e.port == port) &&
		    is_listed(b, e.services, service, c->protocol))
			return true;
	}
	for (i = 0; i < rt_count(b, family->trie); i++) {
		struct rt_node n = rt_node(b, family, i);

		if (in_prefix(address, n.address, n.prefix_length) && at_ports(b, n.ports, c, service))
			return true;
	}
	for (i = 0; i < rt_count(b, RT_SECTION_NAMES); i++) {
		const struct rt_name *n = rt_name(b, i);

		if (c->name_count > 0 && le32_to_cpu(n->name_length) == c->names->length &&
		    memcmp(rt_strings(b) + le32_to_cpu(n->name_offset), c->names->bytes, c->names->length) == 0 &&
		    at_ports(b, rt_slice(n->ports_first, n->ports_count), c, service))
			return true;
	}
	return false;
}

/* The first service that a rule grants and that is there, or RT_NONE. */
static u32 granted_service(const struct rt_bundle *b, const struct rt_rule *r, const struct query *q)
{
	u32 s;

	for (s = 0; s < rt_count(b, RT_SECTION_SERVICES); s++) {
		const struct rt_service *service = rt_service(b, s);
		struct rt_slice sets = rt_slice(service->sets_first, service->sets_count);

		if (list_has(b, RT_SECTION_SERVICE_SETS, sets, le32_to_cpu(r->set)) &&
		    is_there(b, &q->connection, s))
			return s;
	}
	return RT_NONE;
}

static const struct rt_option *option_of(const struct rt_bundle *b, u32 rule)
{
	u32 options = le32_to_cpu(rt_rule(b, rule)->options);

	return options == RT_NONE ? NULL : rt_option(b, options);
}

static bool rule_applies(const struct rt_bundle *b, u32 rule, const struct query *q)
{
	const struct rt_option *o = option_of(b, rule);

	return !o || le32_to_cpu(o->condition) == RT_NONE ||
	       condition_slowly(b, le32_to_cpu(o->condition), q, false);
}

/* All rules from last to first: the last one that is noted is the first. */
static void decide(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	u32 i;

	v->rule = q->accept ? RT_RULE_INGRESS_POSTURE : RT_RULE_EGRESS_POSTURE;
	if (v->identity == RT_NONE)
		return;
	for (i = rt_count(b, RT_SECTION_RULES); i-- > RT_POSTURES;) {
		const struct rt_rule *r = rt_rule(b, i);
		u32 service;

		if (le32_to_cpu(r->identity) != v->identity)
			continue;
		switch (le16_to_cpu(r->kind)) {
		case RT_RULE_KIND_INBOUND:
			if (q->accept && rule_applies(b, i, q))
				v->rule = i;
			break;
		case RT_RULE_KIND_INBOUND_DEFAULT:
			if (q->accept && v->rule == RT_RULE_INGRESS_POSTURE)
				v->rule = i;
			break;
		case RT_RULE_KIND_EGRESS:
			service = q->accept ? RT_NONE : granted_service(b, r, q);
			if (service != RT_NONE && rule_applies(b, i, q)) {
				v->rule = i;
				v->service = service;
			}
			break;
		case RT_RULE_KIND_IDENTITY_DEFAULT:
			if (!q->accept && v->rule == RT_RULE_EGRESS_POSTURE)
				v->rule = i;
			break;
		}
	}
}

/* What is said besides the action: by the identity, and of a connection that is opened by the rule. */
static void add_terms(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	const struct rt_identity *id;
	const struct rt_option *o;

	if (v->identity == RT_NONE) {
		v->keeps = (le32_to_cpu(b->header->flags) & RT_BUNDLE_KEEP) != 0;
		return;
	}
	id = rt_identity(b, v->identity);
	v->keeps = (le16_to_cpu(id->flags) & RT_IDENTITY_KEEP) != 0;
	o = option_of(b, v->rule);
	v->presents = v->identity;
	v->tls = le16_to_cpu(id->tls);
	if (q->accept)
		return;
	v->peers = le32_to_cpu(id->peers);
	if (!o)
		return;
	v->presents = le32_to_cpu(o->identity) == RT_NONE ? v->presents : le32_to_cpu(o->identity);
	v->peers = le32_to_cpu(o->peers) == RT_NONE ? v->peers : le32_to_cpu(o->peers);
	v->tls = le16_to_cpu(o->tls) == RT_TLS_MODE_NONE ? v->tls : le16_to_cpu(o->tls);
	v->flags = le16_to_cpu(o->flags);
}

/* What each name leads to by itself, and of that the first rule. */
static void decide_by_names(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	u32 i;

	decide(b, q, v);
	for (i = 0; i < q->connection.name_count; i++) {
		struct query one = by_name(q, i);
		struct rt_verdict other = *v;

		other.service = RT_NONE;
		decide(b, &one, &other);
		/* Without a service nothing was found. */
		if (i == 0 || v->service == RT_NONE ||
		    (other.service != RT_NONE &&
		     (other.rule < v->rule || (other.rule == v->rule && other.service < v->service))))
			*v = other;
	}
}

/* The value that stands for a placeholder, in a buffer that is large enough: how many there are. */
static u32 value_of(const struct query *q, const char *name, char *value)
{
	static const char *const numbers[] = { [RT_FACT_PROCESS_UID] = "process:uid", [RT_FACT_PROCESS_GID] = "process:gid" };
	const char *port = q->accept ? "source:port" : "destination:port";
	size_t length = strlen(name);
	u32 found = 0, i;

	if (!strcmp(name, "direction"))
		return (u32)sprintf(value, "%s", q->accept ? "input" : "output") > 0;
	if (!strcmp(name, "source:port") || !strcmp(name, "destination:port"))
		return !strcmp(name, port) && sprintf(value, "%u", q->connection.remote.port) > 0;
	for (i = 0; i < q->facts.count; i++) {
		const struct rt_fact_value *f = &q->facts.fact[i];

		if ((f->fact == RT_FACT_PROCESS_UID || f->fact == RT_FACT_PROCESS_GID) && !strcmp(name, numbers[f->fact]))
			return (u32)sprintf(value, "%u", f->number) > 0;
		if (f->fact == RT_FACT_PROCESS_NAME && !strcmp(name, "process:name")) {
			if (f->length > 0)
				memcpy(value, f->bytes, f->length);
			value[f->length] = 0;
			/* A NUL in the value is nothing that a path has. */
			return strlen(value) == f->length ? 1 : (u32)sprintf(value, "/") > 0;
		}
	}
	if (!strcmp(name, "process:uid") || !strcmp(name, "process:gid") || !strcmp(name, "process:name"))
		return 0;
	for (i = 0; i < q->facts.label_count; i++) {
		const struct rt_bytes *label = &q->facts.labels[i];

		if (label->length <= length || memcmp(label->bytes, name, length) || label->bytes[length] != '=')
			continue;
		found++;
		memcpy(value, label->bytes + length + 1, label->length - length - 1);
		value[label->length - length - 1] = 0;
		if (strlen(value) != label->length - length - 1)
			sprintf(value, "/");
	}
	return found;
}

static bool is_path(const char *text)
{
	const char *segment = text;

	for (;; segment++) {
		size_t length = strspn(segment, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

		if (length == 0 || (length == 1 && segment[0] == '.') || (length == 2 && !strncmp(segment, "..", 2)))
			return false;
		segment += length;
		if (*segment != '/')
			return *segment == 0;
	}
}

/* Whether the workload ID can be filled in: the placeholders are replaced one after the other, and the result is looked at. */
static bool is_fillable(const struct rt_bundle *b, u32 identity, const struct query *q)
{
	size_t room = RT_MAX_SPIFFE_ID_LENGTH - strlen("spiffe:///");
	static char text[2 * RT_MAX_SPIFFE_ID_LENGTH + 1], value[65536 + 1], name[RT_MAX_STRING_LENGTH + 1];
	const char *id = rt_workload_id(b, identity);

	if (!(le16_to_cpu(rt_identity(b, identity)->flags) & RT_IDENTITY_TEMPLATE))
		return true;
	for (text[0] = 0; *id;) {
		size_t rest = strcspn(id, "[");

		if (strlen(text) + rest > RT_MAX_SPIFFE_ID_LENGTH)
			return false;
		strncat(text, id, rest);
		id += rest;
		if (!*id)
			break;
		memcpy(name, id + 1, strcspn(id, "]") - 1);
		name[strcspn(id, "]") - 1] = 0;
		id += strcspn(id, "]") + 1;
		if (value_of(q, name, value) != 1 || !*value || strchr(value, '/') ||
		    strlen(text) + strlen(value) > RT_MAX_SPIFFE_ID_LENGTH)
			return false;
		strcat(text, value);
	}
	return strlen(rt_trust_domain(b)) + strlen(text) <= room && is_path(text);
}

/* The placeholders of an identity that only the agent can fill in matter. */
static void consider_placeholders(const struct rt_bundle *b, u32 identity, struct rt_verdict *v)
{
	static const char *const native[] = { "process:name", "process:uid", "process:gid", "destination:port",
					      "source:port", "direction" };
	u16 loss = le16_to_cpu(rt_identity(b, identity)->agent_loss);
	const char *id = rt_workload_id(b, identity);

	if (!(le16_to_cpu(rt_identity(b, identity)->flags) & RT_IDENTITY_TEMPLATE))
		return;
	while ((id = strchr(id, '[')) != NULL) {
		u32 length = (u32)strcspn(++id, "]");
		bool is_native = false;
		size_t i;

		for (i = 0; i < sizeof(native) / sizeof(native[0]); i++)
			is_native = is_native || (strlen(native[i]) == length && !strncmp(id, native[i], length));
		if (is_native || rt_label_kind((const u8 *)id, length) != RT_NONE)
			continue;
		v->agent_loss = v->asks && v->agent_loss < loss ? v->agent_loss : loss;
		v->asks = true;
	}
}

/* Of what is wrong with a workload ID, only that something is. */
void answer_slowly(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	*v = (struct rt_verdict){ RT_ACTION_DENY, RT_NONE, RT_NONE, RT_NONE, RT_NONE, RT_NONE, 0, 0, 0, 0, 0, 0 };
	if (!makes_sense(q))
		return;
	v->identity = identity_of(b, q);
	consider_labels(b, q, v);
	decide_by_names(b, q, v);
	add_terms(b, q, v);
	v->action = le16_to_cpu(rt_rule(b, v->rule)->action);
	if (v->identity == RT_NONE)
		return;
	consider_placeholders(b, v->identity, v);
	if (v->presents != v->identity && is_fillable(b, v->identity, q))
		consider_placeholders(b, v->presents, v);
	v->filling = !is_fillable(b, v->identity, q) || !is_fillable(b, v->presents, q);
	if (v->filling != RT_FILLING_DONE)
		v->action = (u32[]){ RT_ACTION_DENY, RT_ACTION_AUDIT,
				     RT_ACTION_ALLOW }[le16_to_cpu(rt_identity(b, v->identity)->mode)];
}
