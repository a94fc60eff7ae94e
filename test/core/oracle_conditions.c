// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Conditions and features by brute force: see oracle.c. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "query.h"
#include "tables.h"

/* What a field is worth; `text` has no end, `address` is NULL unless it is one. */
struct worth {
	u32 number;
	struct rt_bytes text;
	const u8 *address;
};

static void take_fact(struct worth *w, const struct query *q, u32 fact)
{
	u32 i;

	w->number = 0xffffffff;
	for (i = 0; i < q->facts.count; i++) {
		if (q->facts.fact[i].fact != fact)
			continue;
		w->number = q->facts.fact[i].number;
		w->text = (struct rt_bytes){ q->facts.fact[i].bytes, q->facts.fact[i].length };
	}
	if (fact == RT_FACT_PROCESS_CMDLINE && w->text.length > 1024)
		w->text.length = 1024;
}

static struct rt_bytes peer_part(const struct rt_bytes *peer, u32 field)
{
	const u8 *slash, *domain, *end;

	if (peer->length < 10 || peer->length > 2048 || memcmp(peer->bytes, "spiffe://", 9) != 0 ||
	    peer->bytes[9] == '/')
		return (struct rt_bytes){ NULL, 0 };
	domain = peer->bytes + 9;
	end = peer->bytes + peer->length;
	slash = memchr(domain, '/', (size_t)(end - domain));
	if (!slash)
		slash = end;
	if (field == RT_FIELD_PEER_ID)
		return *peer;
	if (field == RT_FIELD_PEER_DOMAIN)
		return (struct rt_bytes){ domain, (u32)(slash - domain) };
	return (struct rt_bytes){ slash, (u32)(end - slash) };
}

/* The calendar is the C library's. */
static u32 minute_of(u32 seconds, bool of_week)
{
	time_t when = seconds;
	struct tm tm;
	u32 minute, day;

	if (!gmtime_r(&when, &tm))
		abort();
	minute = (u32)(tm.tm_hour * 60 + tm.tm_min);
	day = (u32)(tm.tm_wday == 0 ? 6 : tm.tm_wday - 1);
	return of_week ? day * 1440 + minute : minute;
}

static struct worth worth_of(const struct query *q, u32 field, bool accepts)
{
	static const u8 zero[16];
	const struct rt_connection *c = &q->connection;
	struct worth w = { 0 };

	switch (field) {
	case RT_FIELD_PROCESS_NAME:
	case RT_FIELD_PROCESS_BINARY_PATH:
	case RT_FIELD_PROCESS_UID:
	case RT_FIELD_PROCESS_GID:
	case RT_FIELD_PROCESS_CMDLINE:
		take_fact(&w, q, field);	/* fields and facts of processes have the same numbers */
		break;
	case RT_FIELD_DESTINATION_PORT:
		w.number = accepts ? c->local_port : c->remote.port;
		break;
	case RT_FIELD_DESTINATION_IP:
		w.address = accepts ? zero : c->remote.address;
		break;
	case RT_FIELD_DESTINATION_NAME:
		if (!accepts && c->name_count > 0 && c->names->length <= 253)
			w.text = *c->names;
		break;
	case RT_FIELD_SOURCE_IP:
		w.address = accepts ? c->remote.address : zero;
		break;
	case RT_FIELD_SOURCE_PORT:
		w.number = accepts ? c->remote.port : 0;
		break;
	case RT_FIELD_TIME:
		w.number = c->time;
		break;
	case RT_FIELD_DAY_MINUTE:
	case RT_FIELD_WEEK_MINUTE:
		w.number = minute_of(c->time, field == RT_FIELD_WEEK_MINUTE);
		break;
	default:
		if (accepts)
			w.text = peer_part(&c->peer, field);
	}
	return w;
}

static bool is_at(const struct rt_bytes *text, u32 at, const u8 *bytes, u32 length)
{
	return length == 0 || (text->length >= at + length && memcmp(text->bytes + at, bytes, length) == 0);
}

static bool is_true(const struct rt_bundle *b, const struct rt_instruction *i, const struct worth *w)
{
	u32 data = le32_to_cpu(i->data), length = le32_to_cpu(i->length), bit;
	const u8 *bytes = rt_strings(b) + data;
	const struct rt_prefix *p;

	switch (le16_to_cpu(i->test)) {
	case RT_TEST_RANGE:
		return w->number >= data && w->number <= length;
	case RT_TEST_EQUAL:
		return w->text.length == length && is_at(&w->text, 0, bytes, length);
	case RT_TEST_STARTS:
		return is_at(&w->text, 0, bytes, length);
	case RT_TEST_ENDS:
		return w->text.length >= length && is_at(&w->text, w->text.length - length, bytes, length);
	default:
		p = rt_prefix(b, data);
		for (bit = 0; bit < le32_to_cpu(p->prefix_length); bit++)
			if ((w->address[bit / 8] ^ p->address[bit / 8]) & 0x80 >> bit % 8)
				return false;
		return true;
	}
}

/*
 * From the last instruction to the first: whether the condition would hold if it began there. So it
 * agrees with the evaluator only when every jump leads forward.
 */
bool condition_slowly(const struct rt_bundle *b, u32 condition, const struct query *q, bool peers)
{
	const struct rt_condition *c = rt_condition(b, condition);
	struct rt_slice program = rt_slice(c->instructions_first, c->instructions_count);
	bool holds[RT_MAX_CONDITION_LENGTH];
	static const struct query nobody;
	struct query about_peer;
	u32 i;

	if (peers) {
		about_peer = nobody;
		about_peer.connection.peer = q->connection.peer;
		q = &about_peer;
	}
	for (i = program.count; i-- > 0;) {
		const struct rt_instruction *own = rt_instruction(b, program.first + i);
		struct worth w = worth_of(q, le16_to_cpu(own->field), peers || q->accept);
		u32 next = is_true(b, own, &w) ? le16_to_cpu(own->when_true) : le16_to_cpu(own->when_false);

		holds[i] = next >= RT_END_FAILS ? next == RT_END_HOLDS : holds[next];
	}
	return holds[0];
}

bool name_matters_slowly(const struct rt_bundle *b, const struct rt_bytes *name)
{
	const struct worth w = { .text = *name };
	u32 i;

	if (name->length == 0 || name->length > 253)
		return false;
	for (i = 0; i < rt_count(b, RT_SECTION_NAMES); i++)
		if (le32_to_cpu(rt_name(b, i)->name_length) == name->length &&
		    memcmp(rt_strings(b) + le32_to_cpu(rt_name(b, i)->name_offset), name->bytes, name->length) == 0)
			return true;
	for (i = 0; i < rt_count(b, RT_SECTION_INSTRUCTIONS); i++)
		if (le16_to_cpu(rt_instruction(b, i)->field) == RT_FIELD_DESTINATION_NAME &&
		    is_true(b, rt_instruction(b, i), &w))
			return true;
	return false;
}

static bool looks_at(const struct rt_bundle *b, u32 condition, u32 low, u32 high)
{
	u32 i, first, count;

	if (condition >= rt_count(b, RT_SECTION_CONDITIONS))
		return false;
	first = le32_to_cpu(rt_condition(b, condition)->instructions_first);
	count = le32_to_cpu(rt_condition(b, condition)->instructions_count);
	for (i = first; i - first < count && i < rt_count(b, RT_SECTION_INSTRUCTIONS); i++) {
		u32 field = le16_to_cpu(rt_instruction(b, i)->field);

		if (field >= low && field <= high)
			return true;
	}
	return false;
}

static u32 features_of_rule(const struct rt_bundle *b, u32 rule)
{
	const struct rt_rule *r = rt_rule(b, rule);
	u32 options = le32_to_cpu(r->options), need = 0;

	if (rule == RT_RULE_INGRESS_POSTURE && le16_to_cpu(r->action) == RT_ACTION_DENY)
		need |= RT_FEATURE_INBOUND;
	if (le16_to_cpu(r->kind) == RT_RULE_KIND_INBOUND || le16_to_cpu(r->kind) == RT_RULE_KIND_INBOUND_DEFAULT)
		need |= RT_FEATURE_INBOUND;
	if (le16_to_cpu(r->kind) == RT_RULE_KIND_INBOUND && options < rt_count(b, RT_SECTION_OPTIONS) &&
	    looks_at(b, le32_to_cpu(rt_option(b, options)->condition), RT_FIELD_PEER_ID, RT_FIELD_PEER_PATH))
		need |= RT_FEATURE_PEERS;
	return need;
}

/* Whether a string is where it says that it is. */
static bool is_string(const struct rt_bundle *b, u32 offset, u32 length)
{
	u32 bytes = rt_count(b, RT_SECTION_STRINGS);

	return offset <= bytes && length <= bytes - offset;
}

/* Who finds out what a label says, or a placeholder: the name ends at a byte or with the text. */
static u32 label_slowly(const u8 *text, u32 length, u8 end)
{
	static const char *const own[] = {
		"process:pid", "process:uid:real", "process:gid:real", "process:gid:additional", "process:binary:hash",
		"process:parent:binary:path", "process:ancestor:binary:path", "process:cgroup",
	};
	static const char *const spaces[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
	char name[RT_MAX_STRING_LENGTH + 1], other[64];
	size_t i;

	for (i = 0; i < length && text[i] != end && i < sizeof(name) - 1; i++)
		name[i] = (char)text[i];
	name[i] = 0;
	if (!strncmp(name, "process:env:", 12) && name[12])
		return RT_FEATURE_LABELS;
	for (i = 0; i < ARRAY_SIZE(own); i++)
		if (!strcmp(name, own[i]))
			return RT_FEATURE_LABELS;
	for (i = 0; i < ARRAY_SIZE(spaces); i++) {
		snprintf(other, sizeof(other), "process:namespace:%s:host", spaces[i]);
		if (!strcmp(name, other) || (!strncmp(name, other, strlen(other) - 5) && !name[strlen(other) - 5]))
			return RT_FEATURE_LABELS;
	}
	return RT_FEATURE_AGENT_LABELS;
}

static u32 placeholders_slowly(const struct rt_bundle *b, const struct rt_identity *id)
{
	static const char *const others[] = { "process:name", "process:uid", "process:gid", "destination:port", "source:port", "direction" };
	const u8 *p = rt_strings(b) + le32_to_cpu(id->workload_id_offset), *end = p + le32_to_cpu(id->workload_id_length);
	u32 need = 0, i, length;

	if (!is_string(b, le32_to_cpu(id->workload_id_offset), le32_to_cpu(id->workload_id_length)))
		return 0;
	for (; p < end; p++) {
		if (*p != '[')
			continue;
		for (length = 0; p + 1 + length < end && p[1 + length] != ']';)
			length++;
		for (i = 0; i < ARRAY_SIZE(others); i++)
			if (strlen(others[i]) == length && !memcmp(others[i], p + 1, length))
				break;
		if (i == ARRAY_SIZE(others))
			need |= label_slowly(p + 1, length, ']');
	}
	return need;
}

u32 features_slowly(const struct rt_bundle *b)
{
	u32 need = 0, i;

	for (i = 0; i < rt_count(b, RT_SECTION_RULES); i++)
		need |= features_of_rule(b, i);
	for (i = 0; i < rt_count(b, RT_SECTION_IDENTITIES); i++) {
		const struct rt_identity *id = rt_identity(b, i);

		need |= id->tls != 0 ? RT_FEATURE_TLS : 0;
		need |= id->peers != RT_NONE ? RT_FEATURE_PEERS : 0;
		need |= (le32_to_cpu(id->flags) & RT_IDENTITY_TEMPLATE) ? RT_FEATURE_TEMPLATES | placeholders_slowly(b, id) : 0;
	}
	for (i = 0; i < rt_count(b, RT_SECTION_OPTIONS); i++) {
		const struct rt_option *o = rt_option(b, i);

		need |= o->tls != 0 || o->identity != RT_NONE || o->flags != 0 ? RT_FEATURE_TLS : 0;
		need |= o->peers != RT_NONE ? RT_FEATURE_PEERS : 0;
	}
	for (i = 0; i < rt_count(b, RT_SECTION_CONDITIONS); i++)
		need |= looks_at(b, i, RT_FIELD_DESTINATION_NAME, RT_FIELD_DESTINATION_NAME) ? RT_FEATURE_NAMES : 0;
	for (i = 0; i < rt_count(b, RT_SECTION_VALUES); i++)
		if (le16_to_cpu(rt_value(b, i)->fact) == RT_FACT_LABEL &&
		    is_string(b, le32_to_cpu(rt_value(b, i)->data), le32_to_cpu(rt_value(b, i)->length)))
			need |= label_slowly(rt_strings(b) + le32_to_cpu(rt_value(b, i)->data), le32_to_cpu(rt_value(b, i)->length), '=');
	need |= rt_count(b, RT_SECTION_NAMES) > 0 ? RT_FEATURE_NAMES : 0;
	need |= rt_count(b, RT_SECTION_SVIDS) > 0 ? RT_FEATURE_TLS : 0;
	need |= rt_count(b, RT_SECTION_BINDINGS) > 0 ? RT_FEATURE_CREDENTIALS : 0;
	return need;
}
