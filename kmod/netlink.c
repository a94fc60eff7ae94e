// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family; spec/riptides.yaml describes it.
 *
 * Commands run in parallel: what they touch has locks of its own, and the verification of a large
 * bundle may not hold up the families of others.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "agent.h"
#include "control.h"
#include "decision.h"
#include "generations.h"
#include "listing.h"
#include "names_netlink.h"
#include "netlink.h"
#include "netlink_policy.h"
#include "reason.h"
#include "requests.h"
#include "revocation.h"
#include "transaction.h"
#include "version.h"
#include "work.h"

static struct genl_family riptides_family;

static struct sk_buff *reply_to(struct genl_info *info, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &riptides_family, 0, info->genlhdr->cmd);
	if (!*header) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static int send_reply(struct sk_buff *skb, void *header, int err, struct genl_info *info)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int put_counters(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_INFO_COUNTERS);
	u64 counters[__RIPTIDES_COUNTER_MAX];
	int i;

	if (!nest)
		return -EMSGSIZE;
	rt_decision_counters(counters);
	for (i = 0; i < __RIPTIDES_COUNTER_MAX; i++) {
		if (nla_put_u64_64bit(skb, RIPTIDES_A_COUNTERS_VALUE, counters[i],
				      RIPTIDES_A_COUNTERS_PAD))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_history(struct sk_buff *skb, const struct rt_generation_info *info)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_INFO_HISTORY);
	struct nlattr *entry;
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < info->past_count; i++) {
		entry = nla_nest_start(skb, RIPTIDES_A_HISTORY_ENTRY);
		if (!entry ||
		    nla_put_u64_64bit(skb, RIPTIDES_A_HISTORY_ENTRY_GENERATION,
				      info->past[i].generation,
				      RIPTIDES_A_HISTORY_ENTRY_PAD) ||
		    nla_put(skb, RIPTIDES_A_HISTORY_ENTRY_DIGEST, RIPTIDES_DIGEST_SIZE,
			    info->past[i].digest))
			return -EMSGSIZE;
		nla_nest_end(skb, entry);
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_holders(struct sk_buff *skb, const struct rt_control_info *control)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_INFO_HOLDERS);
	struct nlattr *entry;
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < control->holder_count; i++) {
		const struct rt_holder *holder = &control->holders[i];

		entry = nla_nest_start(skb, RIPTIDES_A_HOLDERS_ENTRY);
		if (!entry || nla_put_u32(skb, RIPTIDES_A_HOLDER_WHAT, holder->what) ||
		    nla_put_u32(skb, RIPTIDES_A_HOLDER_PID, holder->pid) ||
		    nla_put_string(skb, RIPTIDES_A_HOLDER_COMM, holder->comm))
			return -EMSGSIZE;
		nla_nest_end(skb, entry);
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_info(struct sk_buff *skb)
{
	struct rt_control_info control;
	u32 port = rt_transaction_port();
	pid_t agent = rt_requests_agent();
	struct rt_generation_info generations;

	rt_generation_info(&generations);
	rt_control_info(&control);

	if (nla_put_string(skb, RIPTIDES_A_INFO_MODULE_VERSION, RT_MODULE_VERSION) ||
	    nla_put_u32(skb, RIPTIDES_A_INFO_BUNDLE_VERSION, RT_BUNDLE_VERSION) ||
	    nla_put_u32(skb, RIPTIDES_A_INFO_STATE, control.state) ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_INFO_GENERATION, generations.generation,
			      RIPTIDES_A_INFO_PAD) ||
	    nla_put_u32(skb, RIPTIDES_A_INFO_SOCKETS, control.sockets) ||
	    nla_put_u32(skb, RIPTIDES_A_INFO_CALLS, control.calls) ||
	    nla_put_u32(skb, RIPTIDES_A_INFO_FEATURES, RT_FEATURES))
		return -EMSGSIZE;

	if (generations.in_force &&
	    (nla_put(skb, RIPTIDES_A_INFO_DIGEST, RIPTIDES_DIGEST_SIZE, generations.digest) ||
	     nla_put_u32(skb, RIPTIDES_A_INFO_SIZE, generations.size) ||
	     nla_put_u64_64bit(skb, RIPTIDES_A_INFO_COMMITTED_AT, generations.committed_at,
			       RIPTIDES_A_INFO_PAD)))
		return -EMSGSIZE;

	if (generations.confirm_remaining &&
	    nla_put_u32(skb, RIPTIDES_A_INFO_CONFIRM_REMAINING, generations.confirm_remaining))
		return -EMSGSIZE;
	if (port && nla_put_u32(skb, RIPTIDES_A_INFO_TRANSACTION, port))
		return -EMSGSIZE;
	if ((agent && nla_put_u32(skb, RIPTIDES_A_INFO_AGENT, agent)) ||
	    nla_put_u32(skb, RIPTIDES_A_INFO_REQUESTS, rt_requests_count()))
		return -EMSGSIZE;

	return put_counters(skb) ?: put_history(skb, &generations) ?: put_holders(skb, &control);
}

static int do_get_info(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;

	skb = reply_to(info, &header);
	if (!skb)
		return -ENOMEM;
	return send_reply(skb, header, put_info(skb), info);
}

static int do_begin(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[RIPTIDES_A_BEGIN_EXPECTED_GENERATION] || !attrs[RIPTIDES_A_BEGIN_SIZE] ||
	    !attrs[RIPTIDES_A_BEGIN_DIGEST])
		return rt_fail(info->extack, -EINVAL,
			       "begin needs the expected generation, the size and the digest");

	return rt_transaction_begin(info->snd_portid,
				    nla_get_u64(attrs[RIPTIDES_A_BEGIN_EXPECTED_GENERATION]),
				    nla_get_u32(attrs[RIPTIDES_A_BEGIN_SIZE]),
				    nla_data(attrs[RIPTIDES_A_BEGIN_DIGEST]), info->extack);
}

static int do_chunk(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct nlattr *data = attrs[RIPTIDES_A_CHUNK_DATA];
	struct nlattr *from = attrs[RIPTIDES_A_CHUNK_COPY_FROM];
	struct nlattr *length = attrs[RIPTIDES_A_CHUNK_COPY_LENGTH];
	u32 offset;

	if (!attrs[RIPTIDES_A_CHUNK_OFFSET] || !from != !length || !data == !from)
		return rt_fail(info->extack, -EINVAL,
			       "a chunk needs the offset, and either data or where to copy from and how much");

	offset = nla_get_u32(attrs[RIPTIDES_A_CHUNK_OFFSET]);
	if (data)
		return rt_transaction_append(info->snd_portid, offset, nla_data(data),
					     nla_len(data), info->extack);
	return rt_transaction_copy(info->snd_portid, offset, nla_get_u32(from),
				   nla_get_u32(length), info->extack);
}

static int do_commit(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *within = info->attrs[RIPTIDES_A_COMMIT_CONFIRM_WITHIN];
	bool check_only = info->attrs[RIPTIDES_A_COMMIT_CHECK_ONLY];
	struct sk_buff *skb;
	u64 generation;
	void *header;
	int err;

	if (check_only && within)
		return rt_fail(info->extack, -EINVAL,
			       "a check changes nothing, so there is nothing to confirm");

	/* Before the commit: what was done must not be told as a failure. */
	skb = reply_to(info, &header);
	if (!skb)
		return -ENOMEM;
	err = rt_transaction_commit(info->snd_portid, check_only,
				    within ? nla_get_u32(within) : 0, &generation, info->extack);
	rt_revocation_wait();
	if (!err)
		err = nla_put_u64_64bit(skb, RIPTIDES_A_COMMIT_GENERATION, generation,
					RIPTIDES_A_COMMIT_PAD);
	return send_reply(skb, header, err, info);
}

static int do_confirm(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *generation = info->attrs[RIPTIDES_A_CONFIRM_GENERATION];

	if (!generation)
		return rt_fail(info->extack, -EINVAL, "confirm needs the generation to keep");
	return rt_generation_confirm(nla_get_u64(generation), info->extack);
}

static int do_rollback(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *expected = info->attrs[RIPTIDES_A_ROLLBACK_EXPECTED_GENERATION];
	struct nlattr *digest = info->attrs[RIPTIDES_A_ROLLBACK_DIGEST];
	struct sk_buff *skb;
	u64 generation;
	void *header;
	int err;

	if (!expected)
		return rt_fail(info->extack, -EINVAL, "rollback needs the expected generation");

	skb = reply_to(info, &header);
	if (!skb)
		return -ENOMEM;
	err = rt_generation_rollback(nla_get_u64(expected), digest ? nla_data(digest) : NULL,
				     &generation, info->extack);
	rt_revocation_wait();
	if (!err)
		err = nla_put_u64_64bit(skb, RIPTIDES_A_ROLLBACK_GENERATION, generation,
					RIPTIDES_A_ROLLBACK_PAD);
	return send_reply(skb, header, err, info);
}

static int do_drain(struct sk_buff *request, struct genl_info *info)
{
	return rt_control_drain(info->extack);
}

static int do_arm(struct sk_buff *request, struct genl_info *info)
{
	return rt_control_arm(info->extack);
}

/* Between two messages of a dump. It holds its bundle, whatever is committed meanwhile. */
struct dump_state {
	struct rt_held_bundle *bundle;	/* NULL: there is nothing to dump */
	u64 generation;
	u32 offset;
};

static struct dump_state *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump_state) > sizeof(cb->ctx));
	return (struct dump_state *)cb->ctx;
}

static int dump_start(struct netlink_callback *cb)
{
	struct dump_state *dump = dump_of(cb);

	dump->bundle = rt_generation_get_bundle(&dump->generation);
	dump->offset = 0;
	return 0;
}

static int dump_next(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_state *dump = dump_of(cb);
	const struct rt_held_bundle *bundle = dump->bundle;
	void *header;
	int room;

	if (!bundle || dump->offset == bundle->size)
		return 0;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &riptides_family,
			     NLM_F_MULTI, RIPTIDES_CMD_DUMP);
	if (!header ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_DUMP_GENERATION, dump->generation,
			      RIPTIDES_A_DUMP_PAD) ||
	    nla_put_u32(skb, RIPTIDES_A_DUMP_SIZE, bundle->size) ||
	    nla_put_u32(skb, RIPTIDES_A_DUMP_OFFSET, dump->offset))
		return -EMSGSIZE;

	room = skb_tailroom(skb) - nla_total_size(0);
	room = min3(room, RIPTIDES_CHUNK_SIZE, (int)(bundle->size - dump->offset));
	/* The padding of the attribute needs room as well. */
	while (room > 0 && nla_total_size(room) > skb_tailroom(skb))
		room--;
	if (room <= 0 ||
	    nla_put(skb, RIPTIDES_A_DUMP_DATA, room, bundle->bytes + dump->offset))
		return -EMSGSIZE;

	genlmsg_end(skb, header);
	dump->offset += room;
	return skb->len;
}

static int dump_done(struct netlink_callback *cb)
{
	rt_held_bundle_put(dump_of(cb)->bundle);
	return 0;
}

static int connections_next(struct sk_buff *skb, struct netlink_callback *cb)
{
	return rt_listing_next(skb, cb, &riptides_family);
}

static int do_attach(struct sk_buff *request, struct genl_info *info)
{
	return rt_agent_attach(info, &riptides_family);
}

static int do_answer(struct sk_buff *request, struct genl_info *info)
{
	return rt_agent_answer(info);
}

static int do_tell(struct sk_buff *request, struct genl_info *info)
{
	return rt_agent_tell(info);
}

static int images_next(struct sk_buff *skb, struct netlink_callback *cb)
{
	return rt_agent_images_next(skb, cb, &riptides_family);
}

static int names_next(struct sk_buff *skb, struct netlink_callback *cb)
{
	return rt_names_next(skb, cb, &riptides_family);
}

static const struct genl_ops ops[] = {
	{
		.cmd = RIPTIDES_CMD_GET_INFO,
		.flags = GENL_ADMIN_PERM,
		.doit = do_get_info,
	}, {
		.cmd = RIPTIDES_CMD_BEGIN,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_begin_policy,
		.maxattr = ARRAY_SIZE(rt_begin_policy) - 1,
		.doit = do_begin,
	}, {
		.cmd = RIPTIDES_CMD_CHUNK,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_chunk_policy,
		.maxattr = ARRAY_SIZE(rt_chunk_policy) - 1,
		.doit = do_chunk,
	}, {
		.cmd = RIPTIDES_CMD_COMMIT,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_commit_policy,
		.maxattr = ARRAY_SIZE(rt_commit_policy) - 1,
		.doit = do_commit,
	}, {
		.cmd = RIPTIDES_CMD_CONFIRM,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_confirm_policy,
		.maxattr = ARRAY_SIZE(rt_confirm_policy) - 1,
		.doit = do_confirm,
	}, {
		.cmd = RIPTIDES_CMD_ROLLBACK,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_rollback_policy,
		.maxattr = ARRAY_SIZE(rt_rollback_policy) - 1,
		.doit = do_rollback,
	}, {
		.cmd = RIPTIDES_CMD_DUMP,
		.flags = GENL_ADMIN_PERM,
		.start = dump_start,
		.dumpit = dump_next,
		.done = dump_done,
	}, {
		.cmd = RIPTIDES_CMD_DRAIN,
		.flags = GENL_ADMIN_PERM,
		.doit = do_drain,
	}, {
		.cmd = RIPTIDES_CMD_ARM,
		.flags = GENL_ADMIN_PERM,
		.doit = do_arm,
	}, {
		.cmd = RIPTIDES_CMD_CONNECTIONS,
		.flags = GENL_ADMIN_PERM,
		.start = rt_listing_start,
		.dumpit = connections_next,
	}, {
		.cmd = RIPTIDES_CMD_ATTACH,
		.flags = GENL_ADMIN_PERM,
		.doit = do_attach,
	}, {
		.cmd = RIPTIDES_CMD_ANSWER,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_answer_policy,
		.maxattr = ARRAY_SIZE(rt_answer_policy) - 1,
		.doit = do_answer,
	}, {
		.cmd = RIPTIDES_CMD_TELL,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_tell_policy,
		.maxattr = ARRAY_SIZE(rt_tell_policy) - 1,
		.doit = do_tell,
	}, {
		.cmd = RIPTIDES_CMD_IMAGES,
		.flags = GENL_ADMIN_PERM,
		.start = rt_agent_images_start,
		.dumpit = images_next,
	}, {
		.cmd = RIPTIDES_CMD_NAMES_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_names_set_policy,
		.maxattr = ARRAY_SIZE(rt_names_set_policy) - 1,
		.doit = rt_names_do_set,
	}, {
		.cmd = RIPTIDES_CMD_NAMES,
		.flags = GENL_ADMIN_PERM,
		.start = rt_names_start,
		.dumpit = names_next,
	}, {
		.cmd = RIPTIDES_CMD_RESOLVERS_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = rt_resolvers_set_policy,
		.maxattr = ARRAY_SIZE(rt_resolvers_set_policy) - 1,
		.doit = rt_names_do_resolvers,
	},
};

enum { GROUP_STATE };

static const struct genl_multicast_group groups[] = {
	[GROUP_STATE] = { .name = RIPTIDES_MCGRP_STATE },
};

static struct genl_family riptides_family __ro_after_init = {
	.name = RIPTIDES_FAMILY_NAME,
	.version = RIPTIDES_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* The family is being unregistered. */
static bool is_over;

/* Whoever missed a message sees it in the next one, or asks. */
static void send_state(struct work_struct *work)
{
	struct sk_buff *skb;
	u64 generation;
	void *header;

	if (READ_ONCE(is_over))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	rcu_read_lock();
	generation = rt_generation_in_force()->number;
	rcu_read_unlock();
	header = genlmsg_put(skb, 0, 0, &riptides_family, 0, RIPTIDES_CMD_STATE);
	if (!header || nla_put_u64_64bit(skb, RIPTIDES_A_STATE_GENERATION, generation,
					 RIPTIDES_A_STATE_PAD)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&riptides_family, skb, 0, GROUP_STATE, GFP_KERNEL);
}

static DECLARE_WORK(state_work, send_state);

/* Another generation is in force. Does not sleep. */
void rt_netlink_send_state(void)
{
	queue_work(rt_workqueue, &state_work);
}

/* A transaction dies with its socket, and so does the agent. */
static int socket_event(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net)) {
		rt_transaction_forget(notify->portid);
		rt_requests_forget(notify->portid);
	}
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

int __init rt_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&socket_notifier);
	if (err)
		return err;
	err = genl_register_family(&riptides_family);
	if (err)
		netlink_unregister_notifier(&socket_notifier);
	return err;
}

void rt_netlink_exit(void)
{
	WRITE_ONCE(is_over, true);
	cancel_work_sync(&state_work);
	genl_unregister_family(&riptides_family);
	netlink_unregister_notifier(&socket_notifier);
}
