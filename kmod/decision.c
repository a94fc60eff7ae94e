// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decisions: what the bundle in force says of a connection, as a value; and their report, the
 * counters and the tracepoint.
 */
#include <linux/in.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>

#include "cache.h"
#include "decision.h"
#include "generations.h"
#include "subject.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

struct counters {
	u64 value[__RIPTIDES_COUNTER_MAX];
};

static DEFINE_PER_CPU(struct counters, counters);

/* Seconds since 1970, as the core counts them. */
static u32 now(void)
{
	return clamp_t(time64_t, ktime_get_real_seconds(), 0, U32_MAX);
}

/**
 * rt_decision_needed() - whether a bundle is in force
 *
 * Return: false when nothing is decided, so that no subject is needed either.
 */
bool rt_decision_needed(void)
{
	bool has_bundle;

	rcu_read_lock();
	has_bundle = rt_generation_in_force()->bundle;
	rcu_read_unlock();
	return has_bundle;
}

/**
 * rt_decision_needed_of_datagrams() - whether the bundle in force decides UDP
 * @generation: takes that in force
 */
bool rt_decision_needed_of_datagrams(u64 *generation)
{
	const struct rt_generation *in_force;
	bool is_needed;

	rcu_read_lock();
	in_force = rt_generation_in_force();
	*generation = in_force->number;
	is_needed = in_force->bundle && rt_governs(&in_force->bundle->opened, RT_PROTOCOL_UDP);
	rcu_read_unlock();
	return is_needed;
}

/* Whether the bundle in force refuses sockets of other transports. */
bool rt_decision_needed_of_others(void)
{
	const struct rt_generation *in_force;
	bool is_needed;

	rcu_read_lock();
	in_force = rt_generation_in_force();
	is_needed = in_force->bundle && rt_refuses_others(&in_force->bundle->opened);
	rcu_read_unlock();
	return is_needed;
}

/* The remote end is in the key of a connect; of an accept it differs each time. */
static void fill_key(struct rt_cache_key *key, const struct rt_subject *subject, u64 generation,
		     enum riptides_direction direction, const struct rt_connection *connection)
{
	memset(key, 0, sizeof(*key));
	key->generation = generation;
	key->image = rt_subject_image(subject);
	key->uid = __kuid_val(subject->uid);
	key->gid = __kgid_val(subject->gid);
	key->direction = direction;
	key->protocol = connection->protocol;
	if (direction == RIPTIDES_DIRECTION_CONNECT) {
		memcpy(key->address, connection->remote.address, sizeof(key->address));
		key->port = connection->remote.port;
	} else {
		key->port = connection->local_port;
	}
}

/* Returns whether the verdict lasts as long as the generation. */
static bool evaluate(const struct rt_subject *subject, const struct rt_bundle *bundle,
		     enum riptides_direction direction, struct rt_connection *connection,
		     const struct rt_cache_key *key, struct rt_verdict *verdict)
{
	struct rt_facts facts;
	u32 depends;

	connection->time = now();
	rt_subject_facts(subject, &facts);
	if (direction == RIPTIDES_DIRECTION_CONNECT)
		depends = rt_decide_connect(bundle, &facts, connection, verdict) &
			  ~RT_DEPENDS_ON_REMOTE;
	else
		depends = rt_decide_accept(bundle, &facts, connection, verdict);
	if (!depends && key->image)
		rt_cache_store(key, verdict);
	return !depends;
}

static void decide(const struct rt_subject *subject, enum riptides_direction direction,
		   struct rt_connection *connection, struct rt_decision *decision)
{
	const struct rt_generation *generation;
	struct rt_cache_key key;

	rcu_read_lock();
	generation = rt_generation_in_force();
	decision->generation = generation->number;
	decision->lasting = true;
	decision->decided = generation->bundle &&
			    rt_governs(&generation->bundle->opened, connection->protocol);
	if (decision->decided) {
		fill_key(&key, subject, generation->number, direction, connection);
		if (!key.image || !rt_cache_find(&key, &decision->verdict))
			decision->lasting = evaluate(subject, &generation->bundle->opened,
						     direction, connection, &key,
						     &decision->verdict);
	}
	rcu_read_unlock();
}

/**
 * rt_decision_connect() - decide a connection that a process opens
 * @subject: the process
 * @destination: where to
 * @decision: is filled in
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_connect(const struct rt_subject *subject, const struct rt_remote *destination,
			 struct rt_decision *decision)
{
	struct rt_connection connection = { .remote = *destination };

	decide(subject, RIPTIDES_DIRECTION_CONNECT, &connection, decision);
}

/**
 * rt_decision_datagram() - decide datagrams to one destination
 * @subject: the process that sends
 * @destination: where to
 * @decision: is filled in; there is none while the bundle in force does not decide UDP
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_datagram(const struct rt_subject *subject, const struct rt_remote *destination,
			  struct rt_decision *decision)
{
	struct rt_connection connection = {
		.remote = *destination, .protocol = RT_PROTOCOL_UDP,
	};

	decide(subject, RIPTIDES_DIRECTION_CONNECT, &connection, decision);
}

/**
 * rt_decision_other() - decide a socket whose destinations cannot be decided
 * @subject: the process that makes it
 * @decision: is filled in; there is none while the bundle in force leaves such sockets alone
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_other(const struct rt_subject *subject, struct rt_decision *decision)
{
	const struct rt_generation *generation;
	struct rt_facts facts;

	rcu_read_lock();
	generation = rt_generation_in_force();
	*decision = (struct rt_decision) {
		.generation = generation->number,
		.decided = generation->bundle && rt_refuses_others(&generation->bundle->opened),
	};
	if (decision->decided) {
		rt_subject_facts(subject, &facts);
		rt_decide_other(&generation->bundle->opened, &facts, now(), &decision->verdict);
	}
	rcu_read_unlock();
}

/**
 * rt_decision_refuse() - refuse a connection whatever the bundle in force says of it
 * @decision: is filled in: a denial with no rule; or no decision while no bundle is in force
 */
void rt_decision_refuse(struct rt_decision *decision)
{
	const struct rt_generation *generation;

	rcu_read_lock();
	generation = rt_generation_in_force();
	*decision = (struct rt_decision) {
		.generation = generation->number,
		.decided = generation->bundle,
		.verdict = {
			.action = RT_ACTION_DENY, .rule = RT_NONE, .identity = RT_NONE,
			.service = RT_NONE,
		},
	};
	rcu_read_unlock();
}

/**
 * rt_decision_accept() - decide a connection that a process accepted
 * @subject: the process
 * @remote: from where
 * @local_port: where it came in
 * @decision: is filled in
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_accept(const struct rt_subject *subject, const struct rt_remote *remote,
			u16 local_port, struct rt_decision *decision)
{
	struct rt_connection connection = { .remote = *remote, .local_port = local_port };

	decide(subject, RIPTIDES_DIRECTION_ACCEPT, &connection, decision);
}

/**
 * rt_decision_is_current() - whether a decision is that of the bundle in force
 * @generation: of the decision
 */
bool rt_decision_is_current(u64 generation)
{
	bool is;

	rcu_read_lock();
	is = rt_generation_in_force()->number == generation;
	rcu_read_unlock();
	return is;
}

static void count(enum riptides_direction direction, u32 action)
{
	enum riptides_counter counter;

	if (direction == RIPTIDES_DIRECTION_CONNECT)
		counter = action == RT_ACTION_DENY ? RIPTIDES_COUNTER_CONNECT_DENIED :
			  action == RT_ACTION_AUDIT ? RIPTIDES_COUNTER_CONNECT_AUDITED :
						      RIPTIDES_COUNTER_CONNECT_ALLOWED;
	else
		counter = action == RT_ACTION_DENY ? RIPTIDES_COUNTER_ACCEPT_DENIED :
			  action == RT_ACTION_AUDIT ? RIPTIDES_COUNTER_ACCEPT_AUDITED :
						      RIPTIDES_COUNTER_ACCEPT_ALLOWED;
	this_cpu_inc(counters.value[counter]);
}

/**
 * rt_decision_report() - count and trace a decision about the process that runs
 * @direction: which end it has
 * @decision: nothing is reported when no bundle was in force
 * @remote: the other end
 */
void rt_decision_report(enum riptides_direction direction, const struct rt_decision *decision,
			const struct rt_remote *remote)
{
	if (!decision->decided)
		return;
	count(direction, decision->verdict.action);
	trace_riptides_verdict(decision->generation, direction, IPPROTO_TCP, &decision->verdict,
			       remote, current->pid, current->tgid, current->comm);
}

/**
 * rt_decision_report_datagram() - count and trace a decision about datagrams to one destination
 * @decision: nothing is reported when there is none
 * @remote: the destination
 */
void rt_decision_report_datagram(const struct rt_decision *decision,
				 const struct rt_remote *remote)
{
	u32 action = decision->verdict.action;
	enum riptides_counter counter;

	if (!decision->decided)
		return;
	counter = action == RT_ACTION_DENY ? RIPTIDES_COUNTER_DATAGRAM_DENIED :
		  action == RT_ACTION_AUDIT ? RIPTIDES_COUNTER_DATAGRAM_AUDITED :
					      RIPTIDES_COUNTER_DATAGRAM_ALLOWED;
	this_cpu_inc(counters.value[counter]);
	trace_riptides_verdict(decision->generation, RIPTIDES_DIRECTION_CONNECT, IPPROTO_UDP,
			       &decision->verdict, remote, current->pid, current->tgid,
			       current->comm);
}

/**
 * rt_decision_report_other() - count and trace a decision about a socket of another transport
 * @decision: nothing is reported when there is none, or when it allows
 * @family: of the socket
 * @type: of the socket
 * @protocol: of the socket
 */
void rt_decision_report_other(const struct rt_decision *decision, int family, int type,
			      int protocol)
{
	u32 action = decision->verdict.action;

	if (!decision->decided || action == RT_ACTION_ALLOW)
		return;
	this_cpu_inc(counters.value[action == RT_ACTION_DENY ? RIPTIDES_COUNTER_OTHER_DENIED :
							      RIPTIDES_COUNTER_OTHER_AUDITED]);
	trace_riptides_other(decision->generation, &decision->verdict, family, type, protocol);
}

/**
 * rt_decision_report_abort() - count and trace that a connection is aborted
 * @direction: which end the process has
 * @subject: the process, which need not be the one that runs
 * @decision: which denies it
 * @remote: the other end
 * @in_flight: whether it was not up yet: then it is a connect that is denied
 */
void rt_decision_report_abort(enum riptides_direction direction, const struct rt_subject *subject,
			      const struct rt_decision *decision, const struct rt_remote *remote,
			      bool in_flight)
{
	pid_t tgid = rt_subject_tgid(subject);
	const char *name = rt_subject_name(subject);

	if (in_flight) {
		count(direction, decision->verdict.action);
		trace_riptides_verdict(decision->generation, direction, IPPROTO_TCP,
				       &decision->verdict, remote, tgid, tgid, name);
	} else {
		this_cpu_inc(counters.value[RIPTIDES_COUNTER_REVOKED]);
		trace_riptides_revoked(decision->generation, direction, IPPROTO_TCP,
				       &decision->verdict, remote, tgid, tgid, name);
	}
}

/**
 * rt_decision_counters() - decisions reported since the module was loaded
 * @sums: of all processors, by enum riptides_counter
 */
void rt_decision_counters(u64 sums[__RIPTIDES_COUNTER_MAX])
{
	int cpu, i;

	memset(sums, 0, sizeof(u64) * __RIPTIDES_COUNTER_MAX);
	for_each_possible_cpu(cpu) {
		for (i = 0; i < __RIPTIDES_COUNTER_MAX; i++)
			sums[i] += READ_ONCE(per_cpu_ptr(&counters, cpu)->value[i]);
	}
}
