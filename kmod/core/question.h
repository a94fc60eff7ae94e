/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A question to the evaluator, and what its parts note in it while they answer. */
#ifndef RT_CORE_QUESTION_H
#define RT_CORE_QUESTION_H

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

/* Labels of the agent matter. Of several that matter, the strictest counts when it is lost. */
static inline void rt_note_agent(struct rt_question *q, u32 agent_loss)
{
	if (!q->asks || agent_loss < q->agent_loss)
		q->agent_loss = (u16)agent_loss;
	q->asks = true;
}

#endif /* RT_CORE_QUESTION_H */
