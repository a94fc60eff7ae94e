// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* From facts to an identity. Every loop is bounded by limits that the verifier has enforced. */
#include "evaluate.h"

/* Values that can hold at once: one of each fact, more of labels and of prefix facts. */
#define VALUES_OF(n, m, l) + ((m) == RT_MATCH_PREFIX ? RT_MAX_PREFIX_HITS : 1)
enum { MAX_VALUES = RT_MAX_LABELS RT_FACT_TABLE(VALUES_OF) };

/* The entries of `values` that hold of a process. */
struct held {
	u32 count;
	u32 value[MAX_VALUES];
};

static void hold(struct held *held, u32 value)
{
	if (value != RT_NONE && held->count < MAX_VALUES)
		held->value[held->count++] = value;
}

/* Whether a fact has values: for one that has none nothing is looked up. */
static bool has_values(const struct rt_bundle *b, u32 fact)
{
	return b->facts & (1U << fact);
}

static void hold_number(const struct rt_bundle *b, u32 fact, u32 number, struct held *held)
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
			hold(held, i);
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

static void hold_text(const struct rt_bundle *b, u32 fact, const u8 *bytes, u32 length,
		      struct held *held)
{
	u32 state;

	if (!has_values(b, fact) || length > rt_fact_kinds[fact].limit)
		return;
	state = rt_hash_bytes(rt_hash_u16(RT_HASH_START, fact), bytes, length);
	hold(held, find_bytes(b, fact, rt_hash_finish(state), bytes, length));
}

/* Adds every value that is the start of a text. One pass over the text gives the hashes of all. */
static void hold_prefixes(const struct rt_bundle *b, const struct rt_fact_value *f,
			  struct held *held)
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
		hold(held, find_bytes(b, f->fact, rt_hash_finish(state), f->bytes, length));
	}
}

static void hold_fact(const struct rt_bundle *b, const struct rt_fact_value *f, struct held *held)
{
	switch (rt_fact_kinds[f->fact].match) {
	case RT_MATCH_NUMBER:
		hold_number(b, f->fact, f->number, held);
		break;
	case RT_MATCH_STRING:
		hold_text(b, f->fact, f->bytes, f->length, held);
		break;
	default:
		hold_prefixes(b, f, held);
	}
}

static void hold_address(const struct rt_bundle *b, u32 fact, const u8 *address, struct held *held)
{
	static const u8 digits[] = "0123456789abcdef";
	u8 text[RT_MAX_ADDRESS_LENGTH];
	u32 i;

	if (!has_values(b, fact))
		return;
	for (i = 0; i < sizeof(text); i++)
		text[i] = digits[address[i / 2] >> (i % 2 ? 0 : 4) & 0xf];
	hold_text(b, fact, text, sizeof(text), held);
}

/* All that is true of the process and of the connection. */
static void hold_all(const struct rt_bundle *b, const struct rt_question *q, struct held *held)
{
	const struct rt_destination *remote = &q->connection->remote;
	u32 i;

	held->count = 0;
	for (i = 0; i < q->facts->count; i++)
		hold_fact(b, &q->facts->fact[i], held);
	for (i = 0; i < q->facts->label_count; i++)
		hold_text(b, RT_FACT_LABEL, q->facts->labels[i].bytes, q->facts->labels[i].length,
			  held);
	hold_number(b, RT_FACT_DIRECTION, q->accepts, held);
	if (q->accepts) {
		hold_address(b, RT_FACT_SOURCE_IP, remote->address, held);
		hold_number(b, RT_FACT_SOURCE_PORT, remote->port, held);
	} else {
		hold_address(b, RT_FACT_DESTINATION_IP, remote->address, held);
		hold_number(b, RT_FACT_DESTINATION_PORT, remote->port, held);
	}
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

u32 rt_find_identity(const struct rt_bundle *b, const struct rt_question *q)
{
	u32 best = RT_NONE;
	struct held held;
	u32 i, j;

	hold_all(b, q, &held);
	for (i = 0; i < held.count; i++) {
		const struct rt_value *v = rt_value(b, held.value[i]);
		struct rt_slice terms = rt_slice(v->terms_first, v->terms_count);

		for (j = terms.first; j < terms.first + terms.count; j++)
			best = try_term(b, &held, rt_item(b, RT_SECTION_VALUE_TERMS, j), best);
	}
	return best == RT_NONE ? RT_NONE : le32_to_cpu(rt_selector(b, best)->identity);
}
