// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of connections, as netlink tells it: a message for each.
 */
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "address.h"
#include "connections.h"
#include "listing.h"
#include "subject.h"
#include "uapi/riptides.h"

/* Bytes that a message may have: a path, a command line, and the rest. */
enum { ROOM = 16 * 1024 };

static_assert(PATH_MAX + RT_MAX_CMDLINE_LENGTH + 1024 <= ROOM, "each connection fits");

static struct rt_connection_place *place_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct rt_connection_place) > sizeof(cb->ctx));
	return (struct rt_connection_place *)cb->ctx;
}

static int put_fact(struct sk_buff *skb, const struct rt_fact_value *fact)
{
	switch (fact->fact) {
	case RT_FACT_PROCESS_NAME:
		return nla_put_string(skb, RIPTIDES_A_CONNECTION_COMM, (const char *)fact->bytes);
	case RT_FACT_PROCESS_UID:
		return nla_put_u32(skb, RIPTIDES_A_CONNECTION_UID, fact->number);
	case RT_FACT_PROCESS_GID:
		return nla_put_u32(skb, RIPTIDES_A_CONNECTION_GID, fact->number);
	case RT_FACT_PROCESS_BINARY_PATH:
		return nla_put(skb, RIPTIDES_A_CONNECTION_PATH, fact->length, fact->bytes);
	case RT_FACT_PROCESS_CMDLINE:
		return nla_put(skb, RIPTIDES_A_CONNECTION_CMDLINE, fact->length, fact->bytes);
	default:
		return 0;
	}
}

static int put_process(struct sk_buff *skb, const struct rt_subject *subject)
{
	struct rt_facts facts;
	u32 i;

	if (nla_put_u32(skb, RIPTIDES_A_CONNECTION_PID, rt_subject_tgid(subject)))
		return -EMSGSIZE;
	rt_subject_facts(subject, &facts);
	for (i = 0; i < facts.count; i++) {
		if (put_fact(skb, &facts.fact[i]))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_ends(struct sk_buff *skb, const struct rt_connection_record *connection,
		    const struct sock *sk)
{
	struct rt_remote local;

	rt_address_of_local(sk, &local);
	if (nla_put(skb, RIPTIDES_A_CONNECTION_LOCAL_ADDRESS, RIPTIDES_ADDRESS_SIZE,
		    local.address) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_LOCAL_PORT, local.port) ||
	    nla_put(skb, RIPTIDES_A_CONNECTION_REMOTE_ADDRESS, RIPTIDES_ADDRESS_SIZE,
		    connection->remote.address) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_REMOTE_PORT, connection->remote.port))
		return -EMSGSIZE;
	return 0;
}

static int put_connection(struct sk_buff *skb, const struct rt_connection_record *connection,
			  const struct sock *sk)
{
	const struct rt_verdict *verdict = &connection->decision.verdict;
	const struct tcp_sock *tcp = tcp_sk(sk);

	if (nla_put_u32(skb, RIPTIDES_A_CONNECTION_DIRECTION, connection->direction) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_STATE, READ_ONCE(sk->sk_state)) ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_CONNECTION_SINCE, connection->since,
			      RIPTIDES_A_CONNECTION_PAD) ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_CONNECTION_GENERATION,
			      connection->decision.generation, RIPTIDES_A_CONNECTION_PAD) ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_CONNECTION_BYTES_SENT,
			      READ_ONCE(tcp->bytes_sent) - READ_ONCE(tcp->bytes_retrans),
			      RIPTIDES_A_CONNECTION_PAD) ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_CONNECTION_BYTES_RECEIVED,
			      READ_ONCE(tcp->bytes_received), RIPTIDES_A_CONNECTION_PAD))
		return -EMSGSIZE;
	/* It began under a bundle that is not in force any more, and neither is another. */
	if (connection->decision.decided &&
	    (nla_put_u32(skb, RIPTIDES_A_CONNECTION_ACTION, verdict->action) ||
	     nla_put_u32(skb, RIPTIDES_A_CONNECTION_RULE, verdict->rule) ||
	     nla_put_u32(skb, RIPTIDES_A_CONNECTION_IDENTITY, verdict->identity) ||
	     nla_put_u32(skb, RIPTIDES_A_CONNECTION_SERVICE, verdict->service)))
		return -EMSGSIZE;
	return put_ends(skb, connection, sk) ?: put_process(skb, &connection->subject);
}

struct message {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct genl_family *family;
};

static bool add_message(const struct rt_connection_record *connection, const struct sock *sk,
			void *data)
{
	const struct message *message = data;
	struct sk_buff *skb = message->skb;
	void *header = genlmsg_put(skb, NETLINK_CB(message->cb->skb).portid,
				   message->cb->nlh->nlmsg_seq, message->family, NLM_F_MULTI,
				   RIPTIDES_CMD_CONNECTIONS);

	if (!header)
		return false;
	if (put_connection(skb, connection, sk)) {
		genlmsg_cancel(skb, header);
		return false;
	}
	genlmsg_end(skb, header);
	return true;
}

/* Before the first part of the list. */
int rt_listing_start(struct netlink_callback *cb)
{
	*place_of(cb) = (struct rt_connection_place) {};
	cb->min_dump_alloc = ROOM;
	return 0;
}

/**
 * rt_listing_next() - the next part of the list
 * @skb: takes it
 * @cb: the dump
 * @family: of the messages
 *
 * Return: its bytes, 0 at the end.
 */
int rt_listing_next(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct genl_family *family)
{
	struct message message = { .skb = skb, .cb = cb, .family = family };

	if (rt_connections_visit(place_of(cb), add_message, &message) && !skb->len)
		return -EMSGSIZE;
	return skb->len;
}
