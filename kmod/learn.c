// SPDX-License-Identifier: GPL-2.0-only
/*
 * Learns the addresses of names from the answers of DNS that programs of this host get: resolvers
 * do not give everybody the same ones.
 *
 * An answer is believed only when this host has just asked for it: from the resolver that was
 * asked, to the address and the port that asked, in by the interface that the question went out
 * by, with its id and its question. Who can have an answer believed that the resolver did not give
 * is written in docs/names.md. Only the initial network namespace is looked at: in another one, a
 * program can be its own resolver.
 */
#include <linux/errno.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/udp.h>
#include <linux/uidgid.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core/dns.h"
#include "generations.h"
#include "learn.h"
#include "names.h"
#include "reason.h"
#include "uapi/riptides.h"

enum {
	QUERIES = 512,			/* that wait for their answers, at most */
	QUERIES_OF_USER = 128,		/* of them those of one user */
	QUERY_SECONDS = 10,		/* that an answer may take: programs ask again after 5 */
	TTL_MAX = 86400,		/* seconds that are believed of an answer: a day */
	DNS_PORT = 53,
};

static_assert(RIPTIDES_RESOLVERS_SIZE == RIPTIDES_RESOLVERS_MAX * sizeof(struct in6_addr),
	      "as many resolvers as may be said");
static_assert(TTL_MAX + RIPTIDES_NAMES_GRACE_MAX <=
	      RIPTIDES_NAME_TTL_MAX + RIPTIDES_NAMES_GRACE_MAX, "times are in their bounds");

/* Both ends of a query, as of its answer. */
struct ends {
	struct in6_addr resolver;
	struct in6_addr local;
	u16 port;			/* of this host */
	int interface;
};

/* A query that left, and whose answer did not come yet. */
struct query {
	u64 until;			/* nanoseconds of boot time; 0: there is none */
	u64 generation;			/* which looks at the name */
	kuid_t uid;			/* who asked */
	struct ends ends;
	struct rt_dns_question question;
};

/* Whose answers are believed. Constant. */
struct resolvers {
	struct rcu_head rcu;
	u32 grace;			/* seconds */
	unsigned int count;
	struct in6_addr address[RIPTIDES_RESOLVERS_MAX];
};

static struct {
	/* Guards the setting of resolvers, and the hooks. Taken before all else. */
	struct mutex setting;
	struct resolvers __rcu *resolvers;	/* NULL: nothing is learnt */

	/* Guards the rest; taken before that of the names, and in softirqs as well. */
	spinlock_t lock;
	struct query *queries;		/* there while hooks are; NULL otherwise */
	u8 message[RT_DNS_MESSAGE_SIZE];
	struct rt_dns_addresses answer;
	struct rt_name_address addresses[RT_DNS_ADDRESSES];
} learn = {
	.setting = __MUTEX_INITIALIZER(learn.setting),
	.lock = __SPIN_LOCK_UNLOCKED(learn.lock),
};

static u64 now(void)
{
	return ktime_get_coarse_boottime_ns();
}

/* Where the data of a UDP datagram begins, and its bytes. */
struct datagram {
	struct udphdr udp;
	unsigned int at;		/* of its header */
	unsigned int length;		/* of its data */
};

/*
 * Takes a packet apart; addresses are left to the caller. What is part of a larger packet, or was
 * put together from several, is not looked at.
 */
static bool read_datagram(const struct sk_buff *skb, u8 family, struct datagram *d)
{
	unsigned int at = skb_network_offset(skb);
	const struct udphdr *udp;

	if (skb_is_gso(skb))
		return false;
	if (family == NFPROTO_IPV4) {
		const struct iphdr *ip = ip_hdr(skb);

		if (ip->protocol != IPPROTO_UDP || ip_is_fragment(ip))
			return false;
		at += ip->ihl * 4;
	} else {
		/* No resolver and no library puts a header between. */
		if (ipv6_hdr(skb)->nexthdr != IPPROTO_UDP)
			return false;
		at += sizeof(struct ipv6hdr);
	}
	udp = skb_header_pointer(skb, at, sizeof(d->udp), &d->udp);
	if (!udp)
		return false;
	d->udp = *udp;
	d->at = at;
	d->length = ntohs(d->udp.len);
	if (d->length < sizeof(d->udp) || d->length > skb->len - at)
		return false;
	d->length -= sizeof(d->udp);
	return true;
}

static void read_address(const struct sk_buff *skb, u8 family, bool source,
			 struct in6_addr *address)
{
	if (family == NFPROTO_IPV4)
		ipv6_addr_set_v4mapped(source ? ip_hdr(skb)->saddr : ip_hdr(skb)->daddr, address);
	else
		*address = source ? ipv6_hdr(skb)->saddr : ipv6_hdr(skb)->daddr;
}

static bool is_resolver(const struct resolvers *resolvers, const struct in6_addr *address)
{
	unsigned int i;

	for (i = 0; resolvers && i < resolvers->count; i++) {
		if (ipv6_addr_equal(&resolvers->address[i], address))
			return true;
	}
	return false;
}

static bool same_ends(const struct ends *a, const struct ends *b)
{
	return a->port == b->port && a->interface == b->interface &&
	       ipv6_addr_equal(&a->resolver, &b->resolver) &&
	       ipv6_addr_equal(&a->local, &b->local);
}

static bool same_question(const struct rt_dns_question *a, const struct rt_dns_question *b)
{
	return a->id == b->id && a->type == b->type && a->name.length == b->name.length &&
	       !memcmp(a->name.bytes, b->name.bytes, a->name.length);
}

/*
 * Where a query can be noted: where it is already, where none is, or in place of the oldest. Who
 * has many replaces his own, so that one user cannot make others' answers go unheard.
 */
static struct query *find_place(const struct query *query, u64 at)
{
	struct query *free = NULL, *oldest = NULL, *own = NULL;
	unsigned int count = 0;
	int i;

	lockdep_assert_held(&learn.lock);
	for (i = 0; i < QUERIES; i++) {
		struct query *q = &learn.queries[i];

		if (q->until <= at) {
			free = q;
			continue;
		}
		if (uid_eq(q->uid, query->uid)) {
			if (same_ends(&q->ends, &query->ends) &&
			    same_question(&q->question, &query->question))
				return q;
			count++;
			if (!own || q->until < own->until)
				own = q;
		}
		if (!oldest || q->until < oldest->until)
			oldest = q;
	}
	if (count >= QUERIES_OF_USER)
		return own;
	return free ?: oldest;
}

static void note_query(struct query *query)
{
	u64 at = now();

	query->until = at + (u64)QUERY_SECONDS * NSEC_PER_SEC;
	spin_lock_bh(&learn.lock);
	if (learn.queries)
		*find_place(query, at) = *query;
	spin_unlock_bh(&learn.lock);
}

/* A packet leaves: is it a question for a name that the policy looks at? */
static unsigned int see_leaving(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	u8 buffer[RT_DNS_QUERY_SIZE];
	struct query query;
	struct datagram d;
	struct rt_bytes name;
	const u8 *message;
	unsigned int length;
	bool is_asked;

	if (!read_datagram(skb, state->pf, &d) || d.udp.dest != htons(DNS_PORT))
		return NF_ACCEPT;
	read_address(skb, state->pf, false, &query.ends.resolver);
	rcu_read_lock();
	is_asked = is_resolver(rcu_dereference(learn.resolvers), &query.ends.resolver);
	rcu_read_unlock();
	if (!is_asked || !state->out)
		return NF_ACCEPT;

	length = min_t(unsigned int, d.length, sizeof(buffer));
	message = skb_header_pointer(skb, d.at + sizeof(d.udp), length, buffer);
	if (!message || !rt_dns_query(message, length, &query.question))
		return NF_ACCEPT;
	name = (struct rt_bytes) {
		.bytes = query.question.name.bytes, .length = query.question.name.length,
	};
	if (!rt_names_matter(&name, &query.generation))
		return NF_ACCEPT;

	read_address(skb, state->pf, true, &query.ends.local);
	query.ends.port = ntohs(d.udp.source);
	query.ends.interface = state->out->ifindex;
	/* Packets of the kernel itself have no socket. */
	query.uid = GLOBAL_ROOT_UID;
	if (skb->sk && sk_fullsock(skb->sk))
		query.uid = KUIDT_INIT(READ_ONCE(skb->sk->sk_uid.val));
	note_query(&query);
	return NF_ACCEPT;
}

/* The query with these ends and this id. */
static struct query *find_query(const struct ends *ends, u16 id, u64 at)
{
	int i;

	lockdep_assert_held(&learn.lock);
	for (i = 0; learn.queries && i < QUERIES; i++) {
		struct query *q = &learn.queries[i];

		if (q->until > at && q->question.id == id && same_ends(&q->ends, ends))
			return q;
	}
	return NULL;
}

/* Of this host only this host has them, and what listens there trusts it: no answer opens that. */
static bool is_loopback(const u8 *address)
{
	const struct in6_addr *in6 = (const struct in6_addr *)address;

	return ipv6_addr_loopback(in6) ||
	       (ipv6_addr_v4mapped(in6) && ipv4_is_loopback(in6->s6_addr32[3]));
}

static void take_answer(const struct query *query, u32 grace)
{
	const struct rt_bytes name = {
		.bytes = query->question.name.bytes, .length = query->question.name.length,
	};
	u32 seconds = min_t(u32, learn.answer.ttl, TTL_MAX) + grace;
	u64 generation = query->generation;
	unsigned int count = 0;
	u32 i;

	lockdep_assert_held(&learn.lock);
	for (i = 0; i < learn.answer.count; i++) {
		const u8 *address = learn.answer.address[i];

		if (!rt_names_can_have(address) || is_loopback(address))
			continue;
		memcpy(learn.addresses[count].address, address, sizeof(struct in6_addr));
		learn.addresses[count++].seconds = seconds;
	}
	if (!count)
		return;
	/* A generation that has come since then may look at the name as well. */
	if (rt_names_add(&name, generation, learn.addresses, count) == -EAGAIN &&
	    rt_names_matter(&name, &generation))
		rt_names_add(&name, generation, learn.addresses, count);
}

/* With the message in learn.message. */
static void read_answer(struct query *query, unsigned int length, u32 grace)
{
	struct rt_dns_question asked;

	if (!rt_dns_asked(learn.message, length, &asked) ||
	    !same_question(&asked, &query->question))
		return;
	/* Each question has one answer. */
	query->until = 0;
	if (rt_dns_answer(learn.message, length, &learn.answer))
		take_answer(query, grace);
}

/* What UDP throws away its program does not get either. */
static bool is_damaged(struct sk_buff *skb, const struct datagram *d,
		       const struct nf_hook_state *state)
{
	return d->udp.check && nf_checksum(skb, state->hook, d->at, IPPROTO_UDP, state->pf);
}

/* A packet arrives: is it the answer to a question that has left? */
static unsigned int see_arriving(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct resolvers *resolvers;
	struct query *query;
	struct datagram d;
	struct ends ends;
	__be16 id_buffer;
	const __be16 *id;
	u32 grace = 0;

	if (!read_datagram(skb, state->pf, &d) || d.udp.source != htons(DNS_PORT))
		return NF_ACCEPT;
	read_address(skb, state->pf, true, &ends.resolver);
	rcu_read_lock();
	resolvers = rcu_dereference(learn.resolvers);
	if (is_resolver(resolvers, &ends.resolver))
		grace = resolvers->grace;
	rcu_read_unlock();
	if (!grace || !state->in || d.length > sizeof(learn.message))
		return NF_ACCEPT;

	id = skb_header_pointer(skb, d.at + sizeof(d.udp), sizeof(*id), &id_buffer);
	if (!id)
		return NF_ACCEPT;
	read_address(skb, state->pf, false, &ends.local);
	ends.port = ntohs(d.udp.dest);
	ends.interface = state->in->ifindex;

	spin_lock_bh(&learn.lock);
	query = find_query(&ends, ntohs(*id), now());
	if (query && !is_damaged(skb, &d, state) &&
	    !skb_copy_bits(skb, d.at + sizeof(d.udp), learn.message, d.length))
		read_answer(query, d.length, grace);
	spin_unlock_bh(&learn.lock);
	return NF_ACCEPT;
}

/*
 * The address that a program has asked is there before anything rewrites it, and the address that
 * it gets an answer from after everything has, which also can throw the answer away.
 */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = see_leaving,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_FIRST,
	}, {
		.hook = see_arriving,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	}, {
		.hook = see_leaving,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_FIRST,
	}, {
		.hook = see_arriving,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
};

static int start(void)
{
	struct query *queries;
	int err;

	lockdep_assert_held(&learn.setting);
	queries = kvcalloc(QUERIES, sizeof(*queries), GFP_KERNEL);
	if (!queries)
		return -ENOMEM;
	spin_lock_bh(&learn.lock);
	learn.queries = queries;
	spin_unlock_bh(&learn.lock);

	err = nf_register_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));
	if (err) {
		spin_lock_bh(&learn.lock);
		learn.queries = NULL;
		spin_unlock_bh(&learn.lock);
		kvfree(queries);
	}
	return err;
}

static void stop(void)
{
	struct query *queries;

	lockdep_assert_held(&learn.setting);
	nf_unregister_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));
	/* A packet may still be inside. */
	synchronize_net();
	spin_lock_bh(&learn.lock);
	queries = learn.queries;
	learn.queries = NULL;
	spin_unlock_bh(&learn.lock);
	kvfree(queries);
}

static void set_resolvers(struct resolvers *next)
{
	struct resolvers *last;

	lockdep_assert_held(&learn.setting);
	last = rcu_replace_pointer(learn.resolvers, next, lockdep_is_held(&learn.setting));
	if (last)
		kfree_rcu(last, rcu);
}

/**
 * rt_learn_from() - say whose answers are believed, in place of those before
 * @addresses: 16 bytes each, IPv4 in its mapped form
 * @count: of addresses, up to RIPTIDES_RESOLVERS_MAX; 0: nothing is learnt any more
 * @grace: seconds that an address is held after its time to live
 * @extack: takes the reason of a refusal
 *
 * What was learnt before stays for its time. Return: 0, -EINVAL, or -ENOMEM.
 */
int rt_learn_from(const u8 *addresses, unsigned int count, u32 grace,
		  struct netlink_ext_ack *extack)
{
	struct resolvers *next = NULL;
	bool learns;
	unsigned int i;
	int err = 0;

	for (i = 0; i < count; i++) {
		const u8 *address = addresses + i * sizeof(struct in6_addr);

		if (!rt_names_can_have(address))
			return rt_fail(extack, -EINVAL,
				       "%pI6c is no address of a resolver: nothing was changed",
				       address);
	}
	if (count) {
		next = kzalloc(sizeof(*next), GFP_KERNEL);
		if (!next)
			return -ENOMEM;
		next->grace = grace;
		next->count = count;
		memcpy(next->address, addresses, count * sizeof(struct in6_addr));
	}

	mutex_lock(&learn.setting);
	learns = rcu_access_pointer(learn.resolvers);
	if (next && !learns)
		err = start();
	if (err)
		kfree(next);
	else
		set_resolvers(next);
	if (!next && learns)
		stop();
	mutex_unlock(&learn.setting);
	return err;
}

/* No command may come any more. */
void rt_learn_exit(void)
{
	rt_learn_from(NULL, 0, 0, NULL);
}
