// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Workload IDs with placeholders: [fact] stands for what a process has.
 *
 * Nothing is repaired. What is written is a path of a SPIFFE ID (SPIFFE-ID, 2.2), or there is none:
 * a process must not get another's name by a value that somebody let it choose.
 */
#include "evaluate.h"
#include "verify.h"

/* A workload ID that is read from left to right. */
struct reader {
	const u8 *p;
	const u8 *end;
};

/* Some bytes as they are, or the name of a fact. */
struct part {
	struct rt_bytes text;
	bool is_fact;
};

/* What is written so far. `bytes` may be NULL: then it is only checked. */
struct writer {
	u8 *bytes;
	u32 room;		/* of the whole workload ID */
	u32 length;
	u32 segment;		/* bytes of the last segment */
	bool only_dots;		/* that segment has nothing else */
	u32 filling;
};

/* The facts with numbers of their own whose values can be part of a path. */
static const struct {
	const char *name;
	u32 length;
	u32 fact;
} native[] = {
#define NATIVE(t, f) { (t), sizeof(t) - 1, (f) }
	NATIVE("process:name", RT_FACT_PROCESS_NAME),
	NATIVE("process:uid", RT_FACT_PROCESS_UID),
	NATIVE("process:gid", RT_FACT_PROCESS_GID),
	NATIVE("destination:port", RT_FACT_DESTINATION_PORT),
	NATIVE("source:port", RT_FACT_SOURCE_PORT),
	NATIVE("direction", RT_FACT_DIRECTION),
#undef NATIVE
};

/* The fact of a name, or RT_FACT_LABEL. */
static u32 fact_of(const struct rt_bytes *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(native); i++)
		if (native[i].length == name->length &&
		    rt_same_bytes(name->bytes, (const u8 *)native[i].name, name->length))
			return native[i].fact;
	return RT_FACT_LABEL;
}

static struct reader reader_of(const struct rt_bundle *b, u32 identity)
{
	const struct rt_identity *id = rt_identity(b, identity);
	const u8 *p = rt_strings(b) + le32_to_cpu(id->workload_id_offset);

	return (struct reader){ p, p + le32_to_cpu(id->workload_id_length) };
}

/* Takes the next part; false at the end, or where a bracket has no partner: `p` stays there. */
static bool take_part(struct reader *r, struct part *part)
{
	const u8 *p = r->p;

	if (p == r->end || *p == ']')
		return false;
	part->is_fact = *p == '[';
	if (part->is_fact)
		p++;
	part->text.bytes = p;
	while (p < r->end && *p != '[' && *p != ']')
		p++;
	part->text.length = (u32)(p - part->text.bytes);
	if (part->is_fact) {
		if (p == r->end || *p != ']')
			return false;
		p++;
	}
	r->p = p;
	return true;
}

int rt_check_template(struct rt_check *c, u32 index)
{
	struct reader r = reader_of(c->b, index);
	struct part part;
	bool has_fact = false;
	int err;

	while (take_part(&r, &part)) {
		if (!part.is_fact)
			continue;
		has_fact = true;
		if (part.text.length == 0 || part.text.length >= RT_MAX_LABEL_LENGTH)
			return rt_refuse(c, RT_SECTION_IDENTITIES, index,
					 "a placeholder is empty or too long");
		if (fact_of(&part.text) != RT_FACT_LABEL)
			continue;
		err = rt_check_label_name(c, RT_SECTION_IDENTITIES, index, part.text.bytes,
					  part.text.length);
		if (err)
			return err;
	}
	if (r.p != r.end)
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "a bracket has no partner");
	if (!has_fact)
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "a template has no placeholder");
	return 0;
}

static bool is_letter(u8 byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
}

/* A segment ends; false when there is none like it. */
static bool end_segment(struct writer *w)
{
	if (w->segment == 0 || (w->only_dots && w->segment <= 2))
		return false;
	w->segment = 0;
	w->only_dots = true;
	return true;
}

/* Writes bytes, of a value or of the workload ID itself. Returns whether they fit. */
static bool write_bytes(struct writer *w, const u8 *bytes, u32 length, bool is_value)
{
	u32 i;

	for (i = 0; i < length; i++) {
		bool is_slash = bytes[i] == '/' && !is_value;

		if (w->length == w->room) {
			w->filling = RT_FILLING_TOO_LONG;
			return false;
		}
		if (is_slash ? !end_segment(w) : !is_letter(bytes[i])) {
			w->filling = RT_FILLING_UNFIT;
			return false;
		}
		if (!is_slash) {
			w->segment++;
			w->only_dots = w->only_dots && bytes[i] == '.';
		}
		if (w->bytes)
			w->bytes[w->length] = bytes[i];
		w->length++;
	}
	return true;
}

static bool write_value(struct writer *w, const u8 *bytes, u32 length)
{
	if (length == 0) {
		w->filling = RT_FILLING_UNFIT;
		return false;
	}
	return write_bytes(w, bytes, length, true);
}

static bool write_number(struct writer *w, u32 number)
{
	u8 digits[10];
	u32 i = sizeof(digits);

	do {
		digits[--i] = (u8)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return write_value(w, digits + i, (u32)sizeof(digits) - i);
}

static bool write_missing(struct writer *w)
{
	w->filling = RT_FILLING_MISSING;
	return false;
}

/* Looks for labels of a name; returns how many there are. */
static u32 find_label(const struct rt_bytes *labels, u32 count, const struct rt_bytes *name,
		      const struct rt_bytes **found)
{
	u32 times = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		const struct rt_bytes *label = &labels[i];

		if (label->length <= name->length || label->bytes[name->length] != '=' ||
		    !rt_same_bytes(label->bytes, name->bytes, name->length))
			continue;
		*found = label;
		times++;
	}
	return times;
}

/* The one label of a name. */
static bool write_label(struct writer *w, const struct rt_facts *facts, const struct rt_bytes *name)
{
	const struct rt_bytes *found = NULL;
	u32 times;

	times = find_label(facts->labels, facts->label_count, name, &found);
	times += find_label(facts->agent_labels, facts->agent_label_count, name, &found);
	if (times == 0)
		return write_missing(w);
	if (times > 1) {
		w->filling = RT_FILLING_SEVERAL;
		return false;
	}
	return write_value(w, found->bytes + name->length + 1, found->length - name->length - 1);
}

static bool write_fact(struct writer *w, const struct rt_facts *facts, u32 fact)
{
	u32 i;

	for (i = 0; i < facts->count; i++) {
		const struct rt_fact_value *f = &facts->fact[i];

		if (f->fact != fact)
			continue;
		if (fact == RT_FACT_PROCESS_NAME)
			return write_value(w, f->bytes, f->length);
		return write_number(w, f->number);
	}
	return write_missing(w);
}

static bool write_placeholder(struct writer *w, struct rt_question *q, const struct rt_bytes *name)
{
	static const u8 input[] = "input", output[] = "output";
	u32 fact = fact_of(name);

	switch (fact) {
	case RT_FACT_LABEL:
		return write_label(w, q->facts, name);
	case RT_FACT_DIRECTION:
		return q->accepts ? write_value(w, input, sizeof(input) - 1) :
				    write_value(w, output, sizeof(output) - 1);
	case RT_FACT_DESTINATION_PORT:
	case RT_FACT_SOURCE_PORT:
		q->depends |= RT_DEPENDS_ON_REMOTE;
		if (fact != (q->accepts ? RT_FACT_SOURCE_PORT : RT_FACT_DESTINATION_PORT))
			return write_missing(w);
		return write_number(w, q->connection->remote.port);
	default:
		return write_fact(w, q->facts, fact);
	}
}

/* Bytes that a workload ID can have in this trust domain. */
static u32 room_of(const struct rt_bundle *b)
{
	static const u8 around[] = "spiffe:///";
	u32 domain = le32_to_cpu(b->header->trust_domain_length);

	if (domain > RT_MAX_SPIFFE_ID_LENGTH - (sizeof(around) - 1))
		return 0;
	return RT_MAX_SPIFFE_ID_LENGTH - (u32)(sizeof(around) - 1) - domain;
}

static void fill(const struct rt_bundle *b, u32 identity, struct rt_question *q, struct writer *w)
{
	struct reader r = reader_of(b, identity);
	struct part part;

	w->length = 0;
	w->segment = 0;
	w->only_dots = true;
	w->filling = RT_FILLING_DONE;
	while (take_part(&r, &part)) {
		bool fits = part.is_fact ? write_placeholder(w, q, &part.text) :
					   write_bytes(w, part.text.bytes, part.text.length, false);

		if (!fits)
			return;
	}
	if (!end_segment(w))
		w->filling = RT_FILLING_UNFIT;
}

static bool is_template(const struct rt_bundle *b, u32 identity)
{
	return le16_to_cpu(rt_identity(b, identity)->flags) & RT_IDENTITY_TEMPLATE;
}

/* Placeholders that only the agent can fill in matter. */
static void note_labels(const struct rt_bundle *b, u32 identity, struct rt_question *q)
{
	struct reader r = reader_of(b, identity);
	struct part part;

	while (take_part(&r, &part))
		if (part.is_fact && fact_of(&part.text) == RT_FACT_LABEL &&
		    rt_label_kind(part.text.bytes, part.text.length) == RT_NONE)
			rt_note_agent(q, le16_to_cpu(rt_identity(b, identity)->agent_loss));
}

u32 rt_check_filling(const struct rt_bundle *b, u32 identity, struct rt_question *q)
{
	struct writer w = { .room = room_of(b) };

	if (identity == RT_NONE || !is_template(b, identity))
		return RT_FILLING_DONE;
	note_labels(b, identity, q);
	fill(b, identity, q, &w);
	return w.filling;
}

u32 rt_fill_workload_id(const struct rt_bundle *b, u32 identity, const struct rt_facts *facts,
			const struct rt_connection *connection, bool accepts,
			u8 buffer[RT_MAX_SPIFFE_ID_LENGTH])
{
	struct writer w = { .bytes = buffer, .room = room_of(b) };
	struct rt_question q;

	if (b->size == 0 || identity >= rt_count(b, RT_SECTION_IDENTITIES) ||
	    !is_template(b, identity) || !rt_ask(&q, facts, connection, accepts))
		return 0;
	fill(b, identity, &q, &w);
	return w.filling == RT_FILLING_DONE ? w.length : 0;
}
