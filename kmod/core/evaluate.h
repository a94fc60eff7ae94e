/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the parts of the evaluator share: identify.c finds whom facts describe, template.c makes
 * the workload ID, condition.c runs conditions, search.c finds the rule for a destination,
 * evaluate.c puts them together.
 */
#ifndef RT_CORE_EVALUATE_H
#define RT_CORE_EVALUATE_H

#include "tables.h"

/* A question that makes sense: no text of it is missing, no fact is there twice. */
struct rt_question {
	const struct rt_facts *facts;
	const struct rt_connection *connection;
	bool accepts;
	u32 depends;			/* enum rt_dependence: what was looked at so far */
	bool asks;			/* whether labels of the agent matter */
	u16 agent_loss;			/* if so: enum rt_agent_loss */
	struct rt_bytes name;		/* that is tried; empty when no table could hold it */
	struct rt_bytes peer_id;	/* when it accepts; empty unless it is a SPIFFE ID */
	struct rt_bytes peer_domain;
	struct rt_bytes peer_path;
};

/* The rule that decides, and the service through which it was found; both RT_NONE: none. */
struct rt_found {
	u32 rule;
	u32 service;
};

/* Fills in a question; false when it makes no sense. */
bool rt_ask(struct rt_question *q, const struct rt_facts *facts,
	    const struct rt_connection *connection, bool accepts);

/* Tries the destination by one of its names; the only one of a destination without is empty. */
void rt_try_name(struct rt_question *q, u32 name);

/* How many names there are to try: at least one. */
static inline u32 rt_names_to_try(const struct rt_question *q)
{
	return q->accepts || q->connection->name_count == 0 ? 1 : q->connection->name_count;
}

/* Whom the facts describe, or RT_NONE. */
u32 rt_find_identity(const struct rt_bundle *b, struct rt_question *q);

/* Labels of the agent matter. Of several that matter, the strictest counts when it is lost. */
static inline void rt_note_agent(struct rt_question *q, u32 agent_loss)
{
	if (!q->asks || agent_loss < q->agent_loss)
		q->agent_loss = (u16)agent_loss;
	q->asks = true;
}

/* Whether an identity, or RT_NONE, has a workload ID: enum rt_filling. */
u32 rt_check_filling(const struct rt_bundle *b, u32 identity, struct rt_question *q);

/* Whether a condition holds; at most as many steps as it has instructions. */
bool rt_run_condition(const struct rt_bundle *b, u32 condition, struct rt_question *q);

/* Whether an instruction is true of a host name that is not true of every other. */
bool rt_conditions_test_name(const struct rt_bundle *b, const struct rt_bytes *name);

/* The entry of a host name in the table of names, or RT_NONE. */
u32 rt_find_name(const struct rt_bundle *b, const struct rt_bytes *name);

/* The first rule of an identity that grants the connection in question. */
struct rt_found rt_find_rule(const struct rt_bundle *b, u32 identity, struct rt_question *q);

#endif /* RT_CORE_EVALUATE_H */
