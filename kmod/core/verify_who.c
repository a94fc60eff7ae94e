// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies what leads from facts to an identity. */
#include "verify.h"

/* Lengths of prefixes that were seen, one bit each. */
struct length_set {
	u32 bits[RT_MAX_PREFIX_LENGTHS / 32];
};

static int check_selectors(struct rt_check *c)
{
	u32 next = 0;
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_SELECTORS); i++) {
		const struct rt_selector *s = rt_selector(c->b, i);
		const struct rt_slice_check slice = {
			RT_SECTION_SELECTORS, i, RT_SECTION_SELECTOR_TERMS, 1, RT_MAX_SELECTOR_TERMS
		};
		struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);

		if (le32_to_cpu(s->identity) >= rt_count(c->b, RT_SECTION_IDENTITIES))
			return rt_refuse(c, RT_SECTION_SELECTORS, i, "a number is out of range");
		err = rt_check_slice(c, &slice, terms, &next);
		if (err)
			return err;
		err = rt_check_list(c, RT_SECTION_SELECTOR_TERMS, terms,
				    rt_count(c->b, RT_SECTION_TERMS));
		if (err)
			return err;
	}
	return rt_check_end(c, RT_SECTION_SELECTOR_TERMS, next);
}

static bool selector_has(const struct rt_bundle *b, u32 selector, u32 term)
{
	const struct rt_selector *s = rt_selector(b, selector);

	return rt_list_has(b, RT_SECTION_SELECTOR_TERMS, rt_slice(s->terms_first, s->terms_count),
			   term);
}

static int check_terms(struct rt_check *c)
{
	u32 selectors = rt_count(c->b, RT_SECTION_SELECTORS);
	u32 next = 0;
	u32 i, j;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_TERMS); i++) {
		const struct rt_term *t = rt_term(c->b, i);
		const struct rt_slice_check slice = {
			RT_SECTION_TERMS, i, RT_SECTION_POSTINGS, 0, RT_MAX_CANDIDATES
		};
		struct rt_slice postings = rt_slice(t->selectors_first, t->selectors_count);

		if (le16_to_cpu(t->fact) >= RT_FACT_NUMBERS ||
		    !rt_fact_kinds[le16_to_cpu(t->fact)].known)
			return rt_refuse(c, RT_SECTION_TERMS, i, "a fact is not known");
		if (le16_to_cpu(t->flags) & ~RT_TERM_FLAGS)
			return rt_refuse(c, RT_SECTION_TERMS, i, "a flag is not known");
		err = rt_check_slice(c, &slice, postings, &next);
		if (err)
			return err;
		err = rt_check_list(c, RT_SECTION_POSTINGS, postings, selectors);
		if (err)
			return err;
		for (j = postings.first; j < postings.first + postings.count; j++)
			if (!selector_has(c->b, rt_item(c->b, RT_SECTION_POSTINGS, j), i))
				return rt_refuse(c, RT_SECTION_POSTINGS, j,
						 "a selector stands under a term that it has not");
	}
	return rt_check_end(c, RT_SECTION_POSTINGS, next);
}

/* The terms of a precondition are those of a selector that are not of the agent. */
static bool suits(const struct rt_bundle *b, const struct rt_precondition *p,
		  const struct rt_selector *s)
{
	struct rt_slice own = rt_slice(p->terms_first, p->terms_count);
	struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
	u32 next = own.first;
	u32 i;

	for (i = terms.first; i < terms.first + terms.count; i++) {
		u32 term = rt_item(b, RT_SECTION_SELECTOR_TERMS, i);

		if (rt_is_of_agent(rt_term(b, term)))
			continue;
		if (next == own.first + own.count ||
		    rt_item(b, RT_SECTION_PRECONDITION_TERMS, next) != term)
			return false;
		next++;
	}
	return next == own.first + own.count;
}

static bool is_asked_for(const struct rt_bundle *b, const struct rt_selector *s)
{
	struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
	u32 i;

	for (i = terms.first; i < terms.first + terms.count; i++) {
		u32 term = rt_item(b, RT_SECTION_SELECTOR_TERMS, i);

		if (rt_is_of_agent(rt_term(b, term)))
			return true;
	}
	return false;
}

/* `next` is the first precondition that no selector has had so far. */
static int check_precondition_of(struct rt_check *c, u32 selector, u32 *next)
{
	const struct rt_selector *s = rt_selector(c->b, selector);
	u32 number = le32_to_cpu(s->precondition);
	bool has_one = number != RT_NONE;
	const struct rt_precondition *p;

	if (is_asked_for(c->b, s) != has_one)
		return rt_refuse(c, RT_SECTION_SELECTORS, selector,
				 "a precondition is missing, or is one too many");
	if (number == RT_NONE)
		return 0;
	if (number > *next || number >= rt_count(c->b, RT_SECTION_PRECONDITIONS))
		return rt_refuse(c, RT_SECTION_SELECTORS, selector, "a number is out of range");
	p = rt_precondition(c->b, number);
	if (number == *next) {
		if (le32_to_cpu(p->selector) != selector)
			return rt_refuse(c, RT_SECTION_PRECONDITIONS, number,
					 "another selector has it first");
		(*next)++;
	}
	if (!suits(c->b, p, s))
		return rt_refuse(c, RT_SECTION_PRECONDITIONS, number,
				 "its terms are not those of its selectors");
	if (le32_to_cpu(p->agent_loss) >
	    le16_to_cpu(rt_identity(c->b, le32_to_cpu(s->identity))->agent_loss))
		return rt_refuse(c, RT_SECTION_PRECONDITIONS, number,
				 "an identity of its selectors is stricter");
	return 0;
}

static int check_preconditions(struct rt_check *c)
{
	u32 next = 0;
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_PRECONDITIONS); i++) {
		const struct rt_precondition *p = rt_precondition(c->b, i);
		const struct rt_slice_check slice = {
			RT_SECTION_PRECONDITIONS, i, RT_SECTION_PRECONDITION_TERMS, 0,
			RT_MAX_SELECTOR_TERMS
		};
		struct rt_slice terms = rt_slice(p->terms_first, p->terms_count);

		err = rt_check_slice(c, &slice, terms, &next);
		if (err)
			return err;
		err = rt_check_list(c, RT_SECTION_PRECONDITION_TERMS, terms,
				    rt_count(c->b, RT_SECTION_TERMS));
		if (err)
			return err;
	}
	err = rt_check_end(c, RT_SECTION_PRECONDITION_TERMS, next);
	if (err)
		return err;
	next = 0;
	for (i = 0; i < rt_count(c->b, RT_SECTION_SELECTORS); i++) {
		err = check_precondition_of(c, i, &next);
		if (err)
			return err;
	}
	return rt_check_end(c, RT_SECTION_PRECONDITIONS, next);
}

/* Each selector can be found, and in one place only. */
static int check_postings(struct rt_check *c)
{
	u32 i, j;

	for (i = 0; i < rt_count(c->b, RT_SECTION_SELECTORS); i++) {
		const struct rt_selector *s = rt_selector(c->b, i);
		struct rt_slice terms = rt_slice(s->terms_first, s->terms_count);
		u32 places = 0;

		for (j = terms.first; j < terms.first + terms.count; j++) {
			const struct rt_term *t =
				rt_term(c->b, rt_item(c->b, RT_SECTION_SELECTOR_TERMS, j));

			if (rt_list_has(c->b, RT_SECTION_POSTINGS,
					rt_slice(t->selectors_first, t->selectors_count), i))
				places++;
		}
		if (places != 1)
			return rt_refuse(c, RT_SECTION_SELECTORS, i,
					 "a selector is not under exactly one of its terms");
	}
	return 0;
}

static int check_prefix_lengths(struct rt_check *c)
{
	const struct rt_slice all = { 0, rt_count(c->b, RT_SECTION_PREFIX_LENGTHS) };

	if (all.count > RT_MAX_PREFIX_LENGTHS)
		return rt_refuse(c, RT_SECTION_PREFIX_LENGTHS, RT_NONE,
				 "prefixes have too many lengths");
	return rt_check_list(c, RT_SECTION_PREFIX_LENGTHS, all, RT_MAX_STRING_LENGTH + 1);
}

/* Notes that a prefix of this length exists; false when the length is not listed. */
static bool note_length(const struct rt_bundle *b, struct length_set *seen, u32 length)
{
	u32 low = 0, high = rt_count(b, RT_SECTION_PREFIX_LENGTHS);

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		u32 item = rt_item(b, RT_SECTION_PREFIX_LENGTHS, middle);

		if (item == length) {
			seen->bits[middle / 32] |= 1U << middle % 32;
			return true;
		}
		if (item < length)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static u32 value_hash(const struct rt_bundle *b, const struct rt_value *v)
{
	u32 state = rt_hash_u16(RT_HASH_START, le16_to_cpu(v->fact));
	u32 data = le32_to_cpu(v->data);

	if (rt_fact_kinds[le16_to_cpu(v->fact)].match == RT_MATCH_NUMBER)
		return rt_hash_finish(rt_hash_u32(state, data));
	return rt_hash_finish(rt_hash_bytes(state, rt_strings(b) + data, le32_to_cpu(v->length)));
}

static int check_value(struct rt_check *c, u32 index, struct length_set *lengths)
{
	const struct rt_value *v = rt_value(c->b, index);
	const struct rt_fact_kind *kind;
	int err;

	if (le16_to_cpu(v->fact) >= RT_FACT_NUMBERS || !rt_fact_kinds[le16_to_cpu(v->fact)].known)
		return rt_refuse(c, RT_SECTION_VALUES, index, "a fact is not known");
	kind = &rt_fact_kinds[le16_to_cpu(v->fact)];
	c->b->facts |= 1U << le16_to_cpu(v->fact);
	if (le16_to_cpu(v->reserved) != 0)
		return rt_refuse(c, RT_SECTION_VALUES, index, "a reserved field is not zero");
	if (kind->match == RT_MATCH_NUMBER) {
		if (le32_to_cpu(v->length) != 0)
			return rt_refuse(c, RT_SECTION_VALUES, index, "a number has a length");
		return 0;
	}
	if (kind->match == RT_MATCH_PREFIX && !note_length(c->b, lengths, le32_to_cpu(v->length)))
		return rt_refuse(c, RT_SECTION_VALUES, index,
				 "a prefix has a length that is not listed");
	err = rt_check_string(c, RT_SECTION_VALUES, index, v->data, v->length, kind->limit);
	if (err || le16_to_cpu(v->fact) != RT_FACT_LABEL)
		return err;
	return rt_check_label(c, index, rt_strings(c->b) + le32_to_cpu(v->data),
			      le32_to_cpu(v->length));
}

/* Whether only the agent can tell whether a process has a value. */
static bool is_of_agent(const struct rt_bundle *b, const struct rt_value *v)
{
	const u8 *text = rt_strings(b) + le32_to_cpu(v->data);
	u32 length = le32_to_cpu(v->length);
	u32 end = 0;

	if (le16_to_cpu(v->fact) != RT_FACT_LABEL)
		return false;
	while (end < length && text[end] != '=')
		end++;
	return rt_label_kind(text, end) == RT_NONE;
}

/* The terms that a value makes true, and how many selectors they bring into question. */
static int check_value_terms(struct rt_check *c, u32 index, u32 *next)
{
	const struct rt_value *v = rt_value(c->b, index);
	const struct rt_slice_check slice = {
		RT_SECTION_VALUES, index, RT_SECTION_VALUE_TERMS, 1, RT_MAX_VALUE_TERMS
	};
	struct rt_slice terms = rt_slice(v->terms_first, v->terms_count);
	u32 candidates = 0;
	u32 i;
	int err;

	err = rt_check_slice(c, &slice, terms, next);
	if (err)
		return err;
	err = rt_check_list(c, RT_SECTION_VALUE_TERMS, terms, rt_count(c->b, RT_SECTION_TERMS));
	if (err)
		return err;
	for (i = terms.first; i < terms.first + terms.count; i++) {
		u32 term = rt_item(c->b, RT_SECTION_VALUE_TERMS, i);

		if (rt_term(c->b, term)->fact != v->fact ||
		    (is_of_agent(c->b, v) && !rt_is_of_agent(rt_term(c->b, term))))
			return rt_refuse(c, RT_SECTION_VALUES, index,
					 "a term is of another fact");
		candidates += le32_to_cpu(rt_term(c->b, term)->selectors_count);
	}
	if (candidates > RT_MAX_CANDIDATES)
		return rt_refuse(c, RT_SECTION_VALUES, index,
				 "a value brings too many selectors into question");
	return 0;
}

static int check_bucket_of_values(struct rt_check *c, u32 bucket, struct length_set *lengths,
				  u32 *next)
{
	struct rt_slice s = rt_bucket(c->b, RT_SECTION_VALUE_BUCKETS, bucket);
	u32 mask = rt_count(c->b, RT_SECTION_VALUE_BUCKETS) - 2;
	u32 i, j;
	int err;

	for (i = s.first; i < s.first + s.count; i++) {
		const struct rt_value *v = rt_value(c->b, i);

		err = check_value(c, i, lengths);
		if (err)
			return err;
		if ((value_hash(c->b, v) & mask) != bucket)
			return rt_refuse(c, RT_SECTION_VALUES, i,
					 "an entry is in the wrong bucket");
		for (j = s.first; j < i; j++) /* equal strings have equal offsets */
			if (rt_value(c->b, j)->fact == v->fact &&
			    rt_value(c->b, j)->data == v->data)
				return rt_refuse(c, RT_SECTION_VALUES, i,
						 "an entry is there twice");
		err = check_value_terms(c, i, next);
		if (err)
			return err;
	}
	return 0;
}

static int check_values(struct rt_check *c)
{
	struct length_set lengths = { { 0 } };
	u32 next = 0;
	u32 i;
	int err;

	err = check_prefix_lengths(c);
	if (err)
		return err;
	err = rt_check_buckets(c, RT_SECTION_VALUE_BUCKETS, RT_SECTION_VALUES);
	if (err)
		return err;
	for (i = 0; i + 1 < rt_count(c->b, RT_SECTION_VALUE_BUCKETS); i++) {
		err = check_bucket_of_values(c, i, &lengths, &next);
		if (err)
			return err;
	}
	for (i = 0; i < rt_count(c->b, RT_SECTION_PREFIX_LENGTHS); i++)
		if (!(lengths.bits[i / 32] & (1U << i % 32)))
			return rt_refuse(c, RT_SECTION_PREFIX_LENGTHS, i,
					 "no prefix has this length");
	return rt_check_end(c, RT_SECTION_VALUE_TERMS, next);
}

int rt_check_who(struct rt_check *c)
{
	u32 fact;
	int err;

	err = check_selectors(c);
	if (err)
		return err;
	err = check_terms(c);
	if (err)
		return err;
	err = check_postings(c);
	if (err)
		return err;
	err = check_preconditions(c);
	if (err)
		return err;
	err = check_values(c);
	if (err)
		return err;
	for (fact = 0; fact < RT_FACT_NUMBERS; fact++) {
		if (!rt_fact_kinds[fact].known || rt_fact_kinds[fact].match != RT_MATCH_PREFIX)
			continue;
		err = rt_check_prefixes(c, fact);
		if (err)
			return err;
	}
	return 0;
}
