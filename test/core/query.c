// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "query.h"
#include "tables.h"

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

/* A length, and so many bytes if they are there. */
static struct rt_bytes take_text(struct cursor *c)
{
	u32 length = take_number(c, 2);
	const u8 *bytes = take(c, length);

	if (!bytes)
		return (struct rt_bytes){ NULL, 0 };
	return (struct rt_bytes){ exact_copy(bytes, length), length };
}

static void take_facts(struct cursor *c, struct query *q)
{
	u32 i;

	q->facts.count = take_number(c, 1);	/* more than there is room for is a question too */
	for (i = 0; i < q->facts.count && i < RT_MAX_FACTS; i++) {
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
	q->facts.labels = q->labels;
	q->facts.label_count = take_number(c, 1);
	for (i = 0; i < q->facts.label_count && i < RT_MAX_LABELS; i++)
		q->labels[i] = take_text(c);
}

bool next_query(struct cursor *c, struct query *q)
{
	struct rt_connection *connection = &q->connection;
	const u8 *address;
	u32 i;
	u32 kind;

	memset(q, 0, sizeof(*q));
	if (c->p == c->end)
		return false;
	kind = take_number(c, 1);
	q->accept = kind & 1;
	connection->protocol = kind & 2 ? RT_PROTOCOL_UDP : RT_PROTOCOL_TCP;
	take_facts(c, q);
	address = take(c, sizeof(connection->remote.address));
	if (address)
		memcpy(connection->remote.address, address, sizeof(connection->remote.address));
	connection->remote.port = (u16)take_number(c, 2);
	connection->local_port = (u16)take_number(c, 2);
	connection->time = take_number(c, 4);
	connection->names = q->names;
	connection->name_count = take_number(c, 1);	/* more than there is room for is a question too */
	for (i = 0; i < connection->name_count && i < RT_MAX_NAMES; i++)
		q->names[i] = take_text(c);
	connection->peer = take_text(c);
	return true;
}

void free_query(struct query *q)
{
	u32 i;

	for (i = 0; i < RT_MAX_FACTS; i++)
		free((void *)q->facts.fact[i].bytes);
	for (i = 0; i < RT_MAX_LABELS; i++)
		free((void *)q->labels[i].bytes);
	for (i = 0; i < RT_MAX_NAMES; i++)
		free((void *)q->names[i].bytes);
	free((void *)q->connection.peer.bytes);
}

struct query by_name(const struct query *q, u32 name)
{
	struct query one = *q;

	one.connection.names = &q->connection.names[name];
	one.connection.name_count = 1;
	return one;
}

static u32 decide(const struct rt_bundle *b, const struct query *q, const struct rt_connection *connection,
		  struct rt_verdict *v)
{
	return q->accept ? rt_decide_accept(b, &q->facts, connection, v) : rt_decide_connect(b, &q->facts, connection, v);
}

static bool in_section(const struct rt_bundle *b, u32 section, u32 index)
{
	return index == RT_NONE || index < b->section[section].count;
}

void answer(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v)
{
	decide(b, q, &q->connection, v);
}

static void fail(const char *why)
{
	fprintf(stderr, "%s\n", why);
	abort();
}

static void print_verdict(const char *who, const struct rt_verdict *v)
{
	fprintf(stderr, "%s: action %u rule %u identity %u service %u presents %u peers %u tls %u flags %u keeps %u filling %u asks %u loss %u\n", who,
		v->action, v->rule, v->identity, v->service, v->presents, v->peers, v->tls, v->flags,
		v->keeps, v->filling, v->asks, v->agent_loss);
}

/* With another time or remote end the verdict is the same, unless the core said that it depends on them. */
static void check_dependence(const struct rt_bundle *b, const struct query *q)
{
	static const u32 later[] = { 0, 60, 12 * 3600, 24 * 3600, 3 * 24 * 3600, 0x80000000 };
	struct rt_verdict v, other;
	u32 depends = decide(b, q, &q->connection, &v);
	u32 i;

	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		struct rt_connection connection = q->connection;

		if (!(depends & RT_DEPENDS_ON_TIME))
			connection.time += later[i];
		if (!(depends & RT_DEPENDS_ON_REMOTE)) {
			connection.remote.address[i] ^= 0xff;
			connection.remote.address[15] ^= i;
			connection.remote.port += later[i] / 7;
		}
		decide(b, q, &connection, &other);
		if (memcmp(&v, &other, sizeof(v)) != 0) {
			print_verdict("as asked", &v);
			print_verdict("otherwise", &other);
			fail("the verdict depends on more of the connection than the core says");
		}
	}
}

static void check_names(const struct rt_bundle *b, const struct query *q)
{
	u32 i;

	for (i = 0; i < q->connection.name_count && i < RT_MAX_NAMES; i++)
		if (rt_name_matters(b, &q->names[i]) != name_matters_slowly(b, &q->names[i]))
			fail("a name matters otherwise than brute force says");
}

/* Holds for one of the names, or without a name where there is none. */
static bool holds_slowly(const struct rt_bundle *b, u32 condition, const struct query *q)
{
	bool holds = condition_slowly(b, condition, q, false);
	u32 i;

	for (i = 1; !q->accept && i < q->connection.name_count; i++) {
		struct query one = by_name(q, i);

		holds |= condition_slowly(b, condition, &one, false);
	}
	return holds;
}

static void check_conditions(const struct rt_bundle *b, const struct query *q, const struct rt_verdict *v)
{
	bool sense = v->rule != RT_NONE;
	u32 i;

	for (i = 0; i < b->section[RT_SECTION_CONDITIONS].count && i < 64; i++) {
		bool slow = sense && holds_slowly(b, i, q);

		if (rt_condition_holds(b, i, &q->facts, &q->connection, q->accept) != slow)
			fail("a condition does not hold as brute force says");
	}
	if (rt_condition_holds(b, i < 64 ? i : RT_NONE, &q->facts, &q->connection, q->accept))
		fail("a condition holds that is not there");
	if (rt_peer_allowed(b, v, &q->connection.peer) !=
	    (v->peers == RT_NONE || condition_slowly(b, v->peers, q, true)))
		fail("a peer is not allowed as brute force says");
}

/* What a workload ID is filled in to has no bracket left, and is there exactly where the verdict says so. */
static void check_filled(const struct rt_bundle *b, const struct query *q, const struct rt_verdict *v)
{
	u8 *text = malloc(RT_MAX_SPIFFE_ID_LENGTH);
	const char *id;
	u32 length;

	if (!text)
		abort();
	length = rt_fill_workload_id(b, v->identity, &q->facts, &q->connection, q->accept, text);
	if (v->identity != RT_NONE && v->filling == RT_FILLING_DONE) {
		id = rt_workload_id(b, v->identity);
		if ((length > 0) != (le32_to_cpu(rt_identity(b, v->identity)->flags) & RT_IDENTITY_TEMPLATE))
			fail("a workload ID is not filled in, though the verdict says so");
		if (length > 0 && memcmp(text, id, strcspn(id, "[")) != 0)
			fail("a workload ID begins as its template does not");
	}
	if (length > RT_MAX_SPIFFE_ID_LENGTH || (length > 0 && memchr(text, '[', length)))
		fail("a workload ID is not filled in");
	free(text);
}

void check_answer(const struct rt_bundle *b, const struct query *q, const struct rt_verdict *v)
{
	struct rt_verdict slow;

	if (!in_section(b, RT_SECTION_RULES, v->rule) || !in_section(b, RT_SECTION_IDENTITIES, v->identity) ||
	    !in_section(b, RT_SECTION_IDENTITIES, v->presents) || !in_section(b, RT_SECTION_SERVICES, v->service) ||
	    !in_section(b, RT_SECTION_CONDITIONS, v->peers) ||
	    (v->rule == RT_NONE && v->action != RT_ACTION_DENY))
		fail("a verdict points outside its bundle");
	if ((v->identity != RT_NONE && strlen(rt_workload_id(b, v->identity)) == 0) ||
	    (v->service != RT_NONE && strlen(rt_service_name(b, v->service)) == 0) ||
	    strlen(rt_trust_domain(b)) == 0)
		fail("a name is empty");
	if (rt_features(b) != features_slowly(b))
		fail("the features are not those of brute force");
	check_dependence(b, q);
	answer_slowly(b, q, &slow);
	if (v->filling > RT_FILLING_DONE && v->filling <= RT_FILLING_TOO_LONG && slow.filling)
		slow.filling = v->filling;
	check_filled(b, q, v);
	if (memcmp(v, &slow, sizeof(slow)) != 0) {
		print_verdict("the core", v);
		print_verdict("brute force", &slow);
		abort();
	}
	check_conditions(b, q, v);
	check_names(b, q);
}
