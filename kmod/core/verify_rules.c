// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies identities, their rules, and how egress rules are found. */
#include "verify.h"

static bool says_only_condition(const struct rt_option *o)
{
	return le32_to_cpu(o->condition) != RT_NONE && le32_to_cpu(o->peers) == RT_NONE &&
	       le32_to_cpu(o->identity) == RT_NONE && le16_to_cpu(o->tls) == RT_TLS_MODE_NONE &&
	       le16_to_cpu(o->flags) == 0;
}

static int check_rule_options(struct rt_check *c, u32 index, enum rt_rule_kind kind)
{
	u32 options = le32_to_cpu(rt_rule(c->b, index)->options);
	const struct rt_option *o;
	u32 fields;

	if (options == RT_NONE)
		return 0;
	if (options >= rt_count(c->b, RT_SECTION_OPTIONS))
		return rt_refuse(c, RT_SECTION_RULES, index, "a number is out of range");
	o = rt_option(c->b, options);
	if (kind == RT_RULE_KIND_EGRESS)
		return rt_check_use(c, RT_SECTION_RULES, index, o->condition,
				    RT_FIELDS_OF_EGRESS);
	if (kind != RT_RULE_KIND_INBOUND || !says_only_condition(o))
		return rt_refuse(c, RT_SECTION_RULES, index,
				 "a rule has options that its kind has not");
	fields = rt_fields_of(c->b, le32_to_cpu(o->condition));
	if (fields & RT_FIELDS_OF_PEER)
		c->needs |= RT_FEATURE_PEERS;
	return rt_check_fields(c, RT_SECTION_RULES, index, fields, RT_FIELDS_OF_INBOUND);
}

static int check_rule(struct rt_check *c, u32 index, u32 identity, enum rt_rule_kind kind)
{
	const struct rt_rule *r = rt_rule(c->b, index);
	u32 set = le32_to_cpu(r->set);

	if (le16_to_cpu(r->kind) != kind)
		return rt_refuse(c, RT_SECTION_RULES, index,
				 "a rule of this kind does not belong there");
	if (le32_to_cpu(r->identity) != identity)
		return rt_refuse(c, RT_SECTION_RULES, index, "a rule names another identity");
	if (kind == RT_RULE_KIND_EGRESS ? set >= c->b->set_count : set != RT_NONE)
		return rt_refuse(c, RT_SECTION_RULES, index, "a rule's set is out of range");
	if (le16_to_cpu(r->action) > RT_ACTION_AUDIT)
		return rt_refuse(c, RT_SECTION_RULES, index, "a rule's action is not known");
	return check_rule_options(c, index, kind);
}

/* Rules of an identity: the first is a default, of its own kind. */
static int check_rules(struct rt_check *c, u32 identity, struct rt_slice rules,
		       enum rt_rule_kind first, enum rt_rule_kind others)
{
	u32 i;
	int err;

	for (i = 0; i < rules.count; i++) {
		err = check_rule(c, rules.first + i, identity, i == 0 ? first : others);
		if (err)
			return err;
	}
	return 0;
}

static int check_egress(struct rt_check *c, u32 identity, u32 *next_rule)
{
	const struct rt_identity *id = rt_identity(c->b, identity);
	const struct rt_slice_check slice = {
		RT_SECTION_IDENTITIES, identity, RT_SECTION_RULES, 1, RT_NONE
	};
	struct rt_slice rules = rt_slice(id->rules_first, id->rules_count);
	u32 conditional = 0;
	u32 i;
	int err;

	err = rt_check_slice(c, &slice, rules, next_rule);
	if (err)
		return err;
	err = check_rules(c, identity, rules, RT_RULE_KIND_IDENTITY_DEFAULT, RT_RULE_KIND_EGRESS);
	if (err)
		return err;
	for (i = rules.first; i < rules.first + rules.count; i++)
		if (rt_rule_condition(c->b, rt_rule(c->b, i)) != RT_NONE)
			conditional++;
	if (conditional > RT_MAX_CONDITIONAL_RULES)
		return rt_refuse(c, RT_SECTION_IDENTITIES, identity,
				 "too many rules have a condition");
	return 0;
}

static int check_inbound(struct rt_check *c, u32 identity, u32 *next_rule)
{
	const struct rt_identity *id = rt_identity(c->b, identity);
	const struct rt_slice_check slice = {
		RT_SECTION_IDENTITIES, identity, RT_SECTION_RULES, 0, RT_MAX_INBOUND_RULES
	};
	struct rt_slice inbound = rt_slice(id->inbound_first, id->inbound_count);
	int err;

	err = rt_check_slice(c, &slice, inbound, next_rule);
	if (err)
		return err;
	if (inbound.count > 0)
		c->needs |= RT_FEATURE_INBOUND;
	return check_rules(c, identity, inbound, RT_RULE_KIND_INBOUND_DEFAULT,
			   RT_RULE_KIND_INBOUND);
}

/* What an identity says itself, apart from its rules. */
static int check_identity(struct rt_check *c, u32 index)
{
	const struct rt_identity *id = rt_identity(c->b, index);
	int err;

	err = rt_check_string(c, RT_SECTION_IDENTITIES, index, id->workload_id_offset,
			      id->workload_id_length, RT_MAX_STRING_LENGTH);
	if (err)
		return err;
	if (index > 0 && le32_to_cpu(id->workload_id_offset) <=
			 le32_to_cpu(rt_identity(c->b, index - 1)->workload_id_offset))
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "names are not ascending");
	if (le16_to_cpu(id->mode) > RT_MODE_OFF)
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "a mode is not known");
	if (le16_to_cpu(id->tls) > RT_TLS_MODE_PERMISSIVE)
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "a TLS mode is not known");
	if (le16_to_cpu(id->flags) & ~RT_IDENTITY_FLAGS)
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "a flag is not known");
	if (le16_to_cpu(id->agent_loss) > RT_AGENT_LOSS_ALLOW)
		return rt_refuse(c, RT_SECTION_IDENTITIES, index, "an agent loss is not known");
	if (le16_to_cpu(id->tls) != RT_TLS_MODE_NONE)
		c->needs |= RT_FEATURE_TLS;
	if (le32_to_cpu(id->peers) != RT_NONE)
		c->needs |= RT_FEATURE_PEERS;
	if (le16_to_cpu(id->flags) & RT_IDENTITY_TEMPLATE) {
		c->needs |= RT_FEATURE_TEMPLATES;
		err = rt_check_template(c, index);
		if (err)
			return err;
	}
	return rt_check_use(c, RT_SECTION_IDENTITIES, index, id->peers, RT_FIELDS_OF_PEER);
}

static int check_identities(struct rt_check *c)
{
	u32 next = RT_POSTURES;
	u32 i;
	int err;

	if (rt_count(c->b, RT_SECTION_RULES) < RT_POSTURES)
		return rt_refuse(c, RT_SECTION_RULES, RT_NONE, "the postures are not there");
	err = check_rule(c, RT_RULE_EGRESS_POSTURE, RT_NONE, RT_RULE_KIND_EGRESS_POSTURE);
	if (err)
		return err;
	err = check_rule(c, RT_RULE_INGRESS_POSTURE, RT_NONE, RT_RULE_KIND_INGRESS_POSTURE);
	if (err)
		return err;
	if (le16_to_cpu(rt_rule(c->b, RT_RULE_INGRESS_POSTURE)->action) == RT_ACTION_DENY)
		c->needs |= RT_FEATURE_INBOUND;
	for (i = 0; i < rt_count(c->b, RT_SECTION_IDENTITIES); i++) {
		err = check_identity(c, i);
		if (err)
			return err;
		err = check_egress(c, i, &next);
		if (err)
			return err;
		err = check_inbound(c, i, &next);
		if (err)
			return err;
	}
	return rt_check_end(c, RT_SECTION_RULES, next);
}

/* Two rules of which one without a condition comes first: the other is never reached. */
static bool hides(const struct rt_bundle *b, u32 rule, u32 later)
{
	return rule < later && rt_rule_condition(b, rt_rule(b, rule)) == RT_NONE;
}

static int check_grant(struct rt_check *c, u32 index, u32 bucket, u32 bucket_first)
{
	u32 rule = rt_item(c->b, RT_SECTION_GRANTS, index);
	u32 mask = rt_count(c->b, RT_SECTION_GRANT_BUCKETS) - 2;
	const struct rt_rule *r;
	u32 i;

	if (rule >= rt_count(c->b, RT_SECTION_RULES))
		return rt_refuse(c, RT_SECTION_GRANTS, index, "a number is out of range");
	r = rt_rule(c->b, rule);
	if (le16_to_cpu(r->kind) != RT_RULE_KIND_EGRESS)
		return rt_refuse(c, RT_SECTION_GRANTS, index, "a grant is not an egress rule");
	if ((rt_grant_hash(le32_to_cpu(r->identity), le32_to_cpu(r->set)) & mask) != bucket)
		return rt_refuse(c, RT_SECTION_GRANTS, index, "an entry is in the wrong bucket");
	for (i = bucket_first; i < index; i++) {
		u32 number = rt_item(c->b, RT_SECTION_GRANTS, i);
		const struct rt_rule *other = rt_rule(c->b, number);

		if (number == rule)
			return rt_refuse(c, RT_SECTION_GRANTS, index, "an entry is there twice");
		if (other->identity == r->identity && other->set == r->set &&
		    (hides(c->b, number, rule) || hides(c->b, rule, number)))
			return rt_refuse(c, RT_SECTION_GRANTS, index,
					 "a grant follows one without a condition");
	}
	return 0;
}

/* Whether an egress rule is in grants, or an earlier one that always grants the same. */
static bool is_granted(const struct rt_bundle *b, u32 rule)
{
	const struct rt_rule *r = rt_rule(b, rule);
	u32 hash = rt_grant_hash(le32_to_cpu(r->identity), le32_to_cpu(r->set));
	struct rt_slice s = rt_bucket(b, RT_SECTION_GRANT_BUCKETS, hash);
	u32 i;

	for (i = s.first; i < s.first + s.count; i++) {
		u32 number = rt_item(b, RT_SECTION_GRANTS, i);
		const struct rt_rule *other = rt_rule(b, number);

		if (number == rule || (other->identity == r->identity && other->set == r->set &&
				       hides(b, number, rule)))
			return true;
	}
	return false;
}

static int check_grants(struct rt_check *c)
{
	struct rt_bundle *b = c->b;
	u32 h, i;
	int err;

	err = rt_check_buckets(c, RT_SECTION_GRANT_BUCKETS, RT_SECTION_GRANTS);
	if (err)
		return err;
	for (h = 0; h + 1 < rt_count(b, RT_SECTION_GRANT_BUCKETS); h++) {
		struct rt_slice s = rt_bucket(b, RT_SECTION_GRANT_BUCKETS, h);

		rt_relax();
		for (i = s.first; i < s.first + s.count; i++) {
			err = check_grant(c, i, h, s.first);
			if (err)
				return err;
		}
	}
	for (i = RT_POSTURES; i < rt_count(b, RT_SECTION_RULES); i++) {
		rt_relax();
		if (le16_to_cpu(rt_rule(b, i)->kind) == RT_RULE_KIND_EGRESS && !is_granted(b, i))
			return rt_refuse(c, RT_SECTION_RULES, i, "an egress rule is not in grants");
	}
	return 0;
}

int rt_check_rules(struct rt_check *c)
{
	int err;

	err = check_identities(c);
	if (err)
		return err;
	return check_grants(c);
}
