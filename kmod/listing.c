// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of connections, as netlink tells it: a message for each.
 */
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "address.h"
#include "connections.h"
#include "generations.h"
#include "labels.h"
#include "listing.h"
#include "subject.h"
#include "uapi/riptides.h"

/* Bytes that a message may have: a path, a command line, labels, a workload ID, and the rest. */
enum { ROOM = 24 * 1024 };

static_assert(PATH_MAX + RT_MAX_CMDLINE_LENGTH + RT_LABELS_SIZE +
	      (RT_IMAGE_LABELS + 2 + RT_MAX_NAMED_GROUPS) * 2 * NLA_HDRLEN +
	      RT_MAX_NAMED_GROUPS * sizeof("process:gid:additional=4294967295") +
	      RT_MAX_SPIFFE_ID_LENGTH + 1024 <= ROOM, "each connection fits");

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

/* What is known of a process, and where to put more of it. */
struct scratch {
	struct rt_facts facts;
	struct rt_subject_labels labels;
	u8 workload_id[RT_MAX_SPIFFE_ID_LENGTH];
};

/* The workload ID where it has placeholders; of a verdict of the bundle. */
static int put_workload_id(struct sk_buff *skb, const struct rt_connection_record *connection,
			   const struct rt_bundle *bundle, struct scratch *scratch)
{
	const struct rt_connection known = {
		.remote = connection->remote, .local_port = connection->local_port,
	};
	u32 length;

	length = rt_fill_workload_id(bundle, connection->decision.verdict.identity, &scratch->facts,
				     &known, connection->direction == RIPTIDES_DIRECTION_ACCEPT,
				     scratch->workload_id);
	if (!length)
		return 0;
	return nla_put(skb, RIPTIDES_A_CONNECTION_WORKLOAD_ID, length, scratch->workload_id);
}

/* What the bundle in force asks for. */
static int put_labels(struct sk_buff *skb, const struct rt_connection_record *connection,
		      struct scratch *scratch)
{
	const struct rt_generation *generation;
	const struct rt_bundle *bundle;
	int err = 0;
	u32 i;

	rcu_read_lock();
	generation = rt_generation_in_force();
	if (!generation->bundle)
		goto out;
	bundle = &generation->bundle->opened;
	if (bundle->labels)
		rt_subject_labels(&connection->subject, bundle, &scratch->labels, &scratch->facts);
	for (i = 0; i < scratch->facts.label_count && !err; i++)
		err = nla_put(skb, RIPTIDES_A_CONNECTION_LABEL, scratch->facts.labels[i].length,
			      scratch->facts.labels[i].bytes);
	if (!err && connection->decision.decided &&
	    connection->decision.generation == generation->number)
		err = put_workload_id(skb, connection, bundle, scratch);
out:
	rcu_read_unlock();
	return err;
}

static int put_process(struct sk_buff *skb, const struct rt_connection_record *connection,
		       struct scratch *scratch)
{
	const struct rt_subject *subject = &connection->subject;
	u32 i;

	if (nla_put_u32(skb, RIPTIDES_A_CONNECTION_PID, rt_subject_tgid(subject)))
		return -EMSGSIZE;
	rt_subject_facts(subject, &scratch->facts);
	for (i = 0; i < scratch->facts.count; i++) {
		if (put_fact(skb, &scratch->facts.fact[i]))
			return -EMSGSIZE;
	}
	return put_labels(skb, connection, scratch);
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
			  const struct sock *sk, struct scratch *scratch)
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
	return put_ends(skb, connection, sk) ?: put_process(skb, connection, scratch);
}

struct message {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct genl_family *family;
	struct scratch *scratch;
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
	if (put_connection(skb, connection, sk, message->scratch)) {
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
 * Return: its bytes, 0 at the end, or an error.
 */
int rt_listing_next(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct genl_family *family)
{
	struct message message = { .skb = skb, .cb = cb, .family = family };

	bool is_full;

	message.scratch = kmalloc(sizeof(*message.scratch), GFP_KERNEL);
	if (!message.scratch)
		return -ENOMEM;
	is_full = rt_connections_visit(place_of(cb), add_message, &message);
	kfree(message.scratch);
	return is_full && !skb->len ? -EMSGSIZE : skb->len;
}
