// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* From facts and a connection to a question that makes sense. */
#include "question.h"

/* What is true of the connection is added here, and labels stand apart: no fact of a process. */
#define NO_PROCESS_FACTS \
	(1U << RT_FACT_LABEL | 1U << RT_FACT_DIRECTION | 1U << RT_FACT_DESTINATION_IP | \
	 1U << RT_FACT_DESTINATION_PORT | 1U << RT_FACT_SOURCE_IP | 1U << RT_FACT_SOURCE_PORT)

static bool is_missing(const struct rt_bytes *text)
{
	return text->length > 0 && !text->bytes;
}

static bool facts_make_sense(const struct rt_facts *facts)
{
	u32 seen = NO_PROCESS_FACTS;
	u32 i;

	static_assert(RT_FACT_NUMBERS <= 32, "one bit for each fact");
	if (facts->count > RT_MAX_FACTS || facts->label_count > RT_MAX_LABELS ||
	    (facts->label_count > 0 && !facts->labels) ||
	    facts->agent_label_count > RT_MAX_LABELS ||
	    (facts->agent_label_count > 0 && !facts->agent_labels))
		return false;
	for (i = 0; i < facts->count; i++) {
		const struct rt_fact_value *f = &facts->fact[i];

		if (f->fact >= RT_FACT_NUMBERS || !rt_fact_kinds[f->fact].known ||
		    (seen & (1U << f->fact)))
			return false;
		seen |= 1U << f->fact;
		if (rt_fact_kinds[f->fact].match != RT_MATCH_NUMBER && f->length > 0 && !f->bytes)
			return false;
	}
	for (i = 0; i < facts->label_count; i++)
		if (is_missing(&facts->labels[i]))
			return false;
	for (i = 0; i < facts->agent_label_count; i++)
		if (is_missing(&facts->agent_labels[i]))
			return false;
	return true;
}

/* Takes spiffe://domain/path apart. Whatever is not of that form stays unknown. */
static void split_peer(struct rt_question *q, const struct rt_bytes *peer)
{
	static const u8 scheme[] = "spiffe://";
	const u32 start = sizeof(scheme) - 1;
	u32 slash;

	if (peer->length <= start || peer->length > RT_MAX_SPIFFE_ID_LENGTH ||
	    !rt_same_bytes(peer->bytes, scheme, start) || peer->bytes[start] == '/')
		return;
	for (slash = start; slash < peer->length && peer->bytes[slash] != '/';)
		slash++;
	q->peer_id = *peer;
	q->peer_domain = (struct rt_bytes){ peer->bytes + start, slash - start };
	q->peer_path = (struct rt_bytes){ peer->bytes + slash, peer->length - slash };
}

static bool names_make_sense(const struct rt_connection *connection)
{
	u32 i;

	if (connection->name_count > RT_MAX_NAMES ||
	    (connection->name_count > 0 && !connection->names))
		return false;
	for (i = 0; i < connection->name_count; i++)
		if (is_missing(&connection->names[i]))
			return false;
	return true;
}

void rt_try_name(struct rt_question *q, u32 name)
{
	const struct rt_connection *connection = q->connection;

	q->name = (struct rt_bytes){ NULL, 0 };
	if (!q->accepts && name < connection->name_count &&
	    connection->names[name].length <= RT_MAX_HOST_NAME_LENGTH)
		q->name = connection->names[name];
}

bool rt_ask(struct rt_question *q, const struct rt_facts *facts,
	    const struct rt_connection *connection, bool accepts)
{
	const struct rt_bytes nothing = { NULL, 0 };

	q->facts = facts;
	q->connection = connection;
	q->accepts = accepts;
	q->depends = 0;
	q->asks = false;
	q->agent_loss = RT_AGENT_LOSS_DENY;
	q->peer_id = nothing;
	q->peer_domain = nothing;
	q->peer_path = nothing;
	if (!facts_make_sense(facts) || !names_make_sense(connection) ||
	    is_missing(&connection->peer))
		return false;
	rt_try_name(q, 0);
	if (accepts)
		split_peer(q, &connection->peer);
	return true;
}
