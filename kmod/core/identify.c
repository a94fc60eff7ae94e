// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* From facts to an identity. Every loop is bounded by limits that the verifier has enforced. */
#include "evaluate.h"

/* Values that can hold at once: one of each fact, more of labels and of prefix facts. */
#define VALUES_OF(n, m, l) + ((m) == RT_MATCH_PREFIX ? RT_MAX_PREFIX_HITS : 1)
enum { MAX_VALUES = 2 * RT_MAX_LABELS RT_FACT_TABLE(VALUES_OF) };

/* The facts that are the remote end of a connection, in one direction or the other. */
#define REMOTE_FACTS \
	(1U << RT_FACT_DESTINATION_IP | 1U << RT_FACT_DESTINATION_PORT | \
	 1U << RT_FACT_SOURCE_IP | 1U << RT_FACT_SOURCE_PORT)

/* The entries of `values` that hold of a process. */
struct matches {
	u32 count;
	u32 value[MAX_VALUES];
};

static void add_match(struct matches *matches, u32 value)
{
	if (value != RT_NONE && matches->count < MAX_VALUES)
		matches->value[matches->count++] = value;
}

/* Whether a fact has values: for one that has none nothing is looked up. */
static bool has_values(const struct rt_bundle *b, u32 fact)
{
	return b->facts & (1U << fact);
}

static void match_number(const struct rt_bundle *b, u32 fact, u32 number, struct matches *matches)
{
	struct rt_slice s;
	u32 state, i;

	if (!has_values(b, fact))
		return;
	state = rt_hash_u32(rt_hash_u16(RT_HASH_START, fact), number);
	s = rt_bucket(b, RT_SECTION_VALUE_BUCKETS, rt_hash_finish(state));
	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_value *v = rt_value(b, i);

		if (le16_to_cpu(v->fact) == fact && le32_to_cpu(v->data) == number) {
			add_match(matches, i);
			return;
		}
	}
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

static void match_text(const struct rt_bundle *b, u32 fact, const u8 *bytes, u32 length,
		       struct matches *matches)
{
	u32 state;

	if (!has_values(b, fact) || length > rt_fact_kinds[fact].limit)
		return;
	state = rt_hash_bytes(rt_hash_u16(RT_HASH_START, fact), bytes, length);
	add_match(matches, find_bytes(b, fact, rt_hash_finish(state), bytes, length));
}

/* Adds every value that is the start of a text. One pass over the text gives the hashes of all. */
static void match_prefixes(const struct rt_bundle *b, const struct rt_fact_value *f,
			   struct matches *matches)
{
	u32 state = rt_hash_u16(RT_HASH_START, f->fact);
	u32 done = 0;
	u32 i;

	for (i = 0; i < rt_count(b, RT_SECTION_PREFIX_LENGTHS); i++) {
		u32 length = rt_item(b, RT_SECTION_PREFIX_LENGTHS, i);

		if (length > f->length)
			break;
		state = rt_hash_bytes(state, f->bytes + done, length - done);
		done = length;
		add_match(matches, find_bytes(b, f->fact, rt_hash_finish(state), f->bytes, length));
	}
}

static void match_fact(const struct rt_bundle *b, const struct rt_fact_value *f,
		       struct matches *matches)
{
	switch (rt_fact_kinds[f->fact].match) {
	case RT_MATCH_NUMBER:
		match_number(b, f->fact, f->number, matches);
		break;
	case RT_MATCH_STRING:
		match_text(b, f->fact, f->bytes, f->length, matches);
		break;
	default:
		match_prefixes(b, f, matches);
	}
}

static void match_address(const struct rt_bundle *b, u32 fact, const u8 *address,
			  struct matches *matches)
{
	static const u8 digits[] = "0123456789abcdef";
	u8 text[RT_MAX_ADDRESS_LENGTH];
	u32 i;

	if (!has_values(b, fact))
		return;
	for (i = 0; i < sizeof(text); i++)
		text[i] = digits[address[i / 2] >> (i % 2 ? 0 : 4) & 0xf];
	match_text(b, fact, text, sizeof(text), matches);
}

/* All that is true of the process and of the connection. */
static void match_all(const struct rt_bundle *b, struct rt_question *q, struct matches *matches)
{
	const struct rt_remote *remote = &q->connection->remote;
	u32 i;

	if (b->facts & REMOTE_FACTS)
		q->depends |= RT_DEPENDS_ON_REMOTE;
	matches->count = 0;
	for (i = 0; i < q->facts->count; i++)
		match_fact(b, &q->facts->fact[i], matches);
	for (i = 0; i < q->facts->label_count; i++)
		match_text(b, RT_FACT_LABEL, q->facts->labels[i].bytes, q->facts->labels[i].length,
			  matches);
	for (i = 0; i < q->facts->agent_label_count; i++)
		match_text(b, RT_FACT_LABEL, q->facts->agent_labels[i].bytes,
			  q->facts->agent_labels[i].length, matches);
	match_number(b, RT_FACT_DIRECTION, q->accepts, matches);
	if (q->accepts) {
		match_address(b, RT_FACT_SOURCE_IP, remote->address, matches);
		match_number(b, RT_FACT_SOURCE_PORT, remote->port, matches);
	} else {
		match_address(b, RT_FACT_DESTINATION_IP, remote->address, matches);
		match_number(b, RT_FACT_DESTINATION_PORT, remote->port, matches);
	}
}

static bool term_holds(const struct rt_bundle *b, const struct matches *matches, u32 term)
{
	u32 i;

	for (i = 0; i < matches->count; i++) {
		const struct rt_value *v = rt_value(b, matches->value[i]);

		if (rt_list_has(b, RT_SECTION_VALUE_TERMS, rt_slice(v->terms_first, v->terms_count),
				term))
			return true;
	}
	return false;
}

/* `known` is a term that is already known to hold. */
static bool selector_holds(const struct rt_bundle *b, const struct matches *matches, u32 selector,
			   u32 known)
{
	const struct rt_selector *s = rt_selector(b, selector);
	struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
	u32 i;

	for (i = terms.first; i < terms.first + terms.count; i++) {
		u32 term = rt_item(b, RT_SECTION_SELECTOR_TERMS, i);

		if (term != known && !term_holds(b, matches, term))
			return false;
	}
	return true;
}

/* The lowest selector that holds among those listed under a term, or `best` if that is lower. */
static u32 try_term(const struct rt_bundle *b, const struct matches *matches, u32 term, u32 best)
{
	const struct rt_term *t = rt_term(b, term);
	struct rt_slice selectors = rt_slice(t->selectors_first, t->selectors_count);
	u32 i;

	for (i = selectors.first; i < selectors.first + selectors.count; i++) {
		u32 selector = rt_item(b, RT_SECTION_POSTINGS, i);

		if (selector >= best)
			break;
		if (selector_holds(b, matches, selector, term))
			return selector;
	}
	return best;
}

/* The lowest selector that holds, or RT_NONE. */
static u32 find_selector(const struct rt_bundle *b, const struct matches *matches)
{
	u32 best = RT_NONE;
	u32 i, j;

	for (i = 0; i < matches->count; i++) {
		const struct rt_value *v = rt_value(b, matches->value[i]);
		struct rt_slice terms = rt_slice(v->terms_first, v->terms_count);

		for (j = terms.first; j < terms.first + terms.count; j++)
			best = try_term(b, matches, rt_item(b, RT_SECTION_VALUE_TERMS, j), best);
	}
	return best;
}

static bool precondition_holds(const struct rt_bundle *b, const struct matches *matches,
			       const struct rt_precondition *p)
{
	struct rt_slice terms = rt_slice(p->terms_first, p->terms_count);
	u32 i;

	for (i = terms.first; i < terms.first + terms.count; i++)
		if (!term_holds(b, matches, rt_item(b, RT_SECTION_PRECONDITION_TERMS, i)))
			return false;
	return true;
}

/*
 * Whether labels of the agent have to do with it: there is a selector that they could make hold,
 * and that is no higher than the one found. Takes time linear in the preconditions, of which there
 * are few: selectors that differ in labels only share one.
 */
static void note_preconditions(const struct rt_bundle *b, const struct matches *matches, u32 best,
			       struct rt_question *q)
{
	u32 i;

	for (i = 0; i < rt_count(b, RT_SECTION_PRECONDITIONS); i++) {
		const struct rt_precondition *p = rt_precondition(b, i);

		if (le32_to_cpu(p->selector) > best)
			return;
		if (precondition_holds(b, matches, p))
			rt_note_agent(q, le32_to_cpu(p->agent_loss));
	}
}

u32 rt_find_identity(const struct rt_bundle *b, struct rt_question *q)
{
	struct matches matches;
	u32 best;

	match_all(b, q, &matches);
	best = find_selector(b, &matches);
	note_preconditions(b, &matches, best, q);
	return best == RT_NONE ? RT_NONE : le32_to_cpu(rt_selector(b, best)->identity);
}
