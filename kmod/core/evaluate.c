// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* From facts and a connection to a verdict. */
#include "evaluate.h"

static void refuse_to_answer(struct rt_verdict *verdict)
{
	verdict->action = RT_ACTION_DENY;
	verdict->rule = RT_NONE;
	verdict->identity = RT_NONE;
	verdict->service = RT_NONE;
	verdict->presents = RT_NONE;
	verdict->peers = RT_NONE;
	verdict->tls = RT_TLS_MODE_NONE;
	verdict->flags = 0;
	verdict->keeps = 0;
	verdict->asks = 0;
	verdict->agent_loss = RT_AGENT_LOSS_DENY;
	verdict->filling = RT_FILLING_DONE;
}

/* A rule's verdict without what its options say. */
static void set_verdict(const struct rt_bundle *b, struct rt_verdict *verdict, u32 rule,
			u32 identity)
{
	verdict->action = le16_to_cpu(rt_rule(b, rule)->action);
	verdict->rule = rule;
	verdict->identity = identity;
	verdict->presents = identity;
	if (identity == RT_NONE) {
		verdict->keeps = !!(le32_to_cpu(b->header->flags) & RT_BUNDLE_KEEP);
		return;
	}
	verdict->tls = le16_to_cpu(rt_identity(b, identity)->tls);
	verdict->keeps = !!(le16_to_cpu(rt_identity(b, identity)->flags) & RT_IDENTITY_KEEP);
}

static void set_agent(struct rt_verdict *verdict, const struct rt_question *q)
{
	verdict->asks = q->asks;
	verdict->agent_loss = q->agent_loss;
}

static void apply_options(const struct rt_bundle *b, struct rt_verdict *verdict)
{
	u32 options = le32_to_cpu(rt_rule(b, verdict->rule)->options);
	const struct rt_option *o;

	if (options == RT_NONE)
		return;
	o = rt_option(b, options);
	if (le32_to_cpu(o->peers) != RT_NONE)
		verdict->peers = le32_to_cpu(o->peers);
	if (le32_to_cpu(o->identity) != RT_NONE)
		verdict->presents = le32_to_cpu(o->identity);
	if (le16_to_cpu(o->tls) != RT_TLS_MODE_NONE)
		verdict->tls = le16_to_cpu(o->tls);
	verdict->flags = le16_to_cpu(o->flags);
}

/*
 * Decides once more where the workload ID cannot be filled in: that is a denial, not the posture,
 * as far as the mode of the identity lets it be one. The rule stays the one that had decided.
 */
static void decide_filling(const struct rt_bundle *b, struct rt_verdict *verdict,
			    struct rt_question *q)
{
	if (verdict->identity == RT_NONE)
		return;
	verdict->filling = rt_check_filling(b, verdict->identity, q);
	if (verdict->filling == RT_FILLING_DONE && verdict->presents != verdict->identity)
		verdict->filling = rt_check_filling(b, verdict->presents, q);
	if (verdict->filling == RT_FILLING_DONE)
		return;
	switch (le16_to_cpu(rt_identity(b, verdict->identity)->mode)) {
	case RT_MODE_AUDIT:
		verdict->action = RT_ACTION_AUDIT;
		break;
	case RT_MODE_OFF:
		verdict->action = RT_ACTION_ALLOW;
		break;
	default:
		verdict->action = RT_ACTION_DENY;
	}
}

u32 rt_decide_connect(const struct rt_bundle *b, const struct rt_facts *facts,
		      const struct rt_connection *connection, struct rt_verdict *verdict)
{
	struct rt_question q;
	struct rt_found found;
	u32 identity;

	refuse_to_answer(verdict);
	if (b->size == 0 || !rt_ask(&q, facts, connection, false))
		return 0;
	identity = rt_find_identity(b, &q);
	if (identity == RT_NONE) {
		set_verdict(b, verdict, RT_RULE_EGRESS_POSTURE, RT_NONE);
		set_agent(verdict, &q);
		return q.depends;
	}
	found = rt_find_rule(b, identity, &q);
	if (found.rule == RT_NONE)
		found.rule = le32_to_cpu(rt_identity(b, identity)->rules_first);
	set_verdict(b, verdict, found.rule, identity);
	verdict->service = found.service;
	verdict->peers = le32_to_cpu(rt_identity(b, identity)->peers);
	apply_options(b, verdict);
	decide_filling(b, verdict, &q);
	set_agent(verdict, &q);
	return q.depends;
}

void rt_decide_other(const struct rt_bundle *b, const struct rt_facts *facts, u32 time,
		     struct rt_verdict *verdict)
{
	const struct rt_connection nowhere = { .time = time };
	struct rt_question q;
	u32 identity;

	refuse_to_answer(verdict);
	if (b->size == 0 || !rt_ask(&q, facts, &nowhere, false))
		return;
	identity = rt_find_identity(b, &q);
	set_verdict(b, verdict, identity == RT_NONE ? RT_RULE_EGRESS_POSTURE :
		    le32_to_cpu(rt_identity(b, identity)->rules_first), identity);
	set_agent(verdict, &q);
}

/* The first inbound rule whose condition holds, or what decides without one. */
static u32 find_inbound(const struct rt_bundle *b, u32 identity, struct rt_question *q)
{
	const struct rt_identity *id = rt_identity(b, identity);
	struct rt_slice inbound = rt_slice(id->inbound_first, id->inbound_count);
	u32 i;

	if (inbound.count == 0)
		return RT_RULE_INGRESS_POSTURE;
	for (i = inbound.first + 1; i < inbound.first + inbound.count; i++) {
		u32 condition = rt_rule_condition(b, rt_rule(b, i));

		if (condition == RT_NONE || rt_run_condition(b, condition, q))
			return i;
	}
	return inbound.first;
}

u32 rt_decide_accept(const struct rt_bundle *b, const struct rt_facts *facts,
		     const struct rt_connection *connection, struct rt_verdict *verdict)
{
	u32 rule = RT_RULE_INGRESS_POSTURE;
	struct rt_question q;
	u32 identity;

	refuse_to_answer(verdict);
	if (b->size == 0 || !rt_ask(&q, facts, connection, true))
		return 0;
	identity = rt_find_identity(b, &q);
	if (identity != RT_NONE)
		rule = find_inbound(b, identity, &q);
	set_verdict(b, verdict, rule, identity);
	decide_filling(b, verdict, &q);
	set_agent(verdict, &q);
	return q.depends;
}

bool rt_condition_holds(const struct rt_bundle *b, u32 condition, const struct rt_facts *facts,
			const struct rt_connection *connection, bool accepts)
{
	struct rt_question q;
	u32 i;

	if (b->size == 0 || condition >= rt_count(b, RT_SECTION_CONDITIONS) ||
	    !rt_ask(&q, facts, connection, accepts))
		return false;
	for (i = 0; i < rt_names_to_try(&q); i++) {
		rt_try_name(&q, i);
		if (rt_run_condition(b, condition, &q))
			return true;
	}
	return false;
}

bool rt_peer_allowed(const struct rt_bundle *b, const struct rt_verdict *verdict,
		     const struct rt_bytes *peer)
{
	static const struct rt_facts nobody;
	const struct rt_connection connection = { .peer = *peer };

	if (b->size == 0)
		return false;
	/* The peer of a connection is looked at as that of one that is accepted. */
	return verdict->peers == RT_NONE ||
	       rt_condition_holds(b, verdict->peers, &nobody, &connection, true);
}

bool rt_name_matters(const struct rt_bundle *b, const struct rt_bytes *name)
{
	if (b->size == 0 || name->length == 0 || name->length > RT_MAX_HOST_NAME_LENGTH)
		return false;
	return rt_find_name(b, name) != RT_NONE || rt_conditions_test_name(b, name);
}

u32 rt_features(const struct rt_bundle *b)
{
	return b->size == 0 ? 0 : le32_to_cpu(b->header->features);
}

bool rt_governs(const struct rt_bundle *b, u16 protocol)
{
	return b->size != 0 && (protocol == RT_PROTOCOL_TCP ||
				(le32_to_cpu(b->header->flags) & RT_BUNDLE_UDP));
}

bool rt_refuses_others(const struct rt_bundle *b)
{
	return b->size != 0 && (le32_to_cpu(b->header->flags) & RT_BUNDLE_DENY_OTHERS);
}

static const char *name_at(const struct rt_bundle *b, __le32 offset)
{
	return (const char *)rt_strings(b) + le32_to_cpu(offset);
}

const char *rt_trust_domain(const struct rt_bundle *b)
{
	return name_at(b, b->header->trust_domain_offset);
}

const char *rt_workload_id(const struct rt_bundle *b, u32 identity)
{
	return name_at(b, rt_identity(b, identity)->workload_id_offset);
}

const char *rt_service_name(const struct rt_bundle *b, u32 service)
{
	return name_at(b, rt_service(b, service)->name_offset);
}
