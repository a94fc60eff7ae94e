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
#include "images.h"
#include "names.h"
#include "requests.h"
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
 * rt_decision_may_wait() - whether a bundle is in force that needs labels of the agent
 *
 * Return: false when nothing waits.
 */
bool rt_decision_may_wait(void)
{
	const struct rt_held_bundle *bundle;
	bool may;

	rcu_read_lock();
	bundle = rt_generation_in_force()->bundle;
	may = bundle && rt_features(&bundle->opened) & RT_FEATURE_AGENT_LABELS;
	rcu_read_unlock();
	return may;
}

/* The names of a destination, if they can make a difference. */
static const struct rt_named *find_names(const struct rt_bundle *bundle,
					 enum riptides_direction direction,
					 const struct rt_remote *remote)
{
	if (!(rt_features(bundle) & RT_FEATURE_NAMES) || direction != RIPTIDES_DIRECTION_CONNECT)
		return NULL;
	return rt_names_find(remote->address);
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
static void fill_key(struct rt_cache_key *key, const struct rt_subject *subject,
		     const struct rt_generation *generation, const struct rt_decision *decision,
		     enum riptides_direction direction, const struct rt_connection *connection)
{
	const struct rt_bundle *bundle = &generation->bundle->opened;

	memset(key, 0, sizeof(*key));
	key->generation = generation->number;
	key->names = decision->names;
	key->image = decision->version;
	key->uid = __kuid_val(subject->uid);
	key->gid = __kgid_val(subject->gid);
	if (unlikely(bundle->labels & RT_CALL_LABELS)) {
		key->real_uid = __kuid_val(subject->real_uid);
		key->real_gid = __kgid_val(subject->real_gid);
		key->groups = rt_subject_groups(subject, bundle);
	}
	key->direction = direction;
	key->protocol = connection->protocol;
	if (direction == RIPTIDES_DIRECTION_CONNECT) {
		memcpy(key->address, connection->remote.address, sizeof(key->address));
		key->port = connection->remote.port;
	} else {
		key->port = connection->local_port;
	}
}

/* What the verdict depends on besides the key. */
static u32 ask(const struct rt_bundle *bundle, const struct rt_facts *facts,
	       enum riptides_direction direction, const struct rt_connection *connection,
	       struct rt_verdict *verdict)
{
	if (direction == RIPTIDES_DIRECTION_CONNECT)
		return rt_decide_connect(bundle, facts, connection, verdict) &
		       ~RT_DEPENDS_ON_REMOTE;
	return rt_decide_accept(bundle, facts, connection, verdict);
}

/* Apart, as labels need room on the stack. */
static noinline u32 ask_with_labels(const struct rt_subject *subject,
				    const struct rt_generation *generation,
				    struct rt_facts *facts,
				    enum riptides_direction direction,
				    const struct rt_connection *connection,
				    struct rt_verdict *verdict)
{
	const struct rt_bundle *bundle = &generation->bundle->opened;
	struct rt_subject_labels room;

	rt_subject_labels(subject, bundle, &room, facts);
	rt_subject_add_labels(subject, generation->number, facts);
	return ask(bundle, facts, direction, connection, verdict);
}

/* Keeps the verdict when there is a key for it. */
static void evaluate(const struct rt_subject *subject, const struct rt_generation *generation,
		     enum riptides_direction direction, struct rt_connection *connection,
		     const struct rt_named *named, const struct rt_cache_key *key,
		     struct rt_decision *decision)
{
	const struct rt_bundle *bundle = &generation->bundle->opened;
	struct rt_bytes names[RT_MAX_NAMES];
	struct rt_facts facts;
	u32 depends;

	connection->time = now();
	connection->names = names;
	connection->name_count = rt_names_list(named, names);
	rt_subject_facts(subject, &facts);
	if (bundle->labels || rt_features(bundle) & RT_FEATURE_AGENT_LABELS) {
		decision->lacking = !rt_subject_suffices(subject, bundle);
		depends = ask_with_labels(subject, generation, &facts, direction, connection,
					  &decision->verdict);
	} else {
		depends = ask(bundle, &facts, direction, connection, &decision->verdict);
	}
	if (depends)
		decision->lasting = false;
	else if (key && !decision->lacking)
		rt_cache_store(key, &decision->verdict);
}

/* Whether a verdict is known. It is not that of a subject whose groups are not known. */
static bool find(const struct rt_subject *subject, const struct rt_bundle *bundle,
		 const struct rt_cache_key *key, struct rt_verdict *verdict)
{
	return rt_subject_knows_groups(subject, bundle) && rt_cache_find(key, verdict);
}

/**
 * rt_decision_wait_no_more() - decide without labels, as the policy says for that
 * @decision: which waits
 */
void rt_decision_wait_no_more(struct rt_decision *decision)
{
	struct rt_verdict *verdict = &decision->verdict;

	decision->waits = false;
	decision->unanswered = true;
	decision->lasting = false;
	if (verdict->agent_loss != RT_AGENT_LOSS_ALLOW)
		verdict->action = RT_ACTION_DENY;
	else if (verdict->action == RT_ACTION_DENY)
		verdict->action = RT_ACTION_ALLOW;
}

/*
 * Sees to a verdict that other labels of the agent could change. A connection that is up is not
 * ended because the agent is lost: what it said last holds.
 */
static void consider_labels(const struct rt_subject *subject, bool is_up,
			    struct rt_decision *decision)
{
	bool are_known = rt_subject_has_labels(subject, decision->generation);

	if (are_known && (is_up || decision->verdict.agent_loss != RT_AGENT_LOSS_DENY ||
			  !rt_requests_agent_is_lost()))
		return;
	/* The agent cannot wait for itself, and the kernel's threads have no labels. */
	if (!subject->image || rt_subject_tgid(subject) == rt_requests_agent())
		return;
	decision->waits = true;
	if (!rt_requests_may_help(subject->image))
		rt_decision_wait_no_more(decision);
}

static void decide_once(const struct rt_subject *subject, enum riptides_direction direction,
			struct rt_connection *connection, bool is_up,
			struct rt_decision *decision)
{
	const struct rt_generation *generation;
	const struct rt_bundle *bundle;
	const struct rt_named *named;
	struct rt_cache_key key;
	bool has_key;

	rcu_read_lock();
	generation = rt_generation_in_force();
	decision->generation = generation->number;
	decision->version = rt_subject_version(subject);
	decision->names = 0;
	decision->waits = false;
	decision->unanswered = false;
	decision->lacking = false;
	decision->lasting = true;
	decision->decided = generation->bundle &&
			    rt_governs(&generation->bundle->opened, connection->protocol);
	if (decision->decided) {
		bundle = &generation->bundle->opened;
		named = find_names(bundle, direction, &connection->remote);
		decision->names = rt_names_stamp(named);
		decision->lasting = !(rt_features(bundle) & RT_FEATURE_NAMES) &&
				    !(bundle->labels & RT_CALL_LABELS);
		fill_key(&key, subject, generation, decision, direction, connection);
		has_key = key.image && rt_names_is_steady(named);
		if (!has_key || !find(subject, bundle, &key, &decision->verdict))
			evaluate(subject, generation, direction, connection, named,
				 has_key ? &key : NULL, decision);
		if (unlikely(decision->verdict.asks))
			consider_labels(subject, is_up, decision);
	}
	rcu_read_unlock();
}

/* Labels that are told meanwhile would count as known, and not be in the verdict. */
static void decide(const struct rt_subject *subject, enum riptides_direction direction,
		   struct rt_connection *connection, bool is_up, struct rt_decision *decision)
{
	do {
		decide_once(subject, direction, connection, is_up, decision);
	} while (decision->decided && decision->version != rt_subject_version(subject));
}

/**
 * rt_decision_connect() - decide a connection that a process opens
 * @subject: the process
 * @destination: where to
 * @decision: is filled in; is lacking when rt_subject_get() would find more of the process out
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_connect(const struct rt_subject *subject, const struct rt_remote *destination,
			 struct rt_decision *decision)
{
	struct rt_connection connection = { .remote = *destination };

	decide(subject, RIPTIDES_DIRECTION_CONNECT, &connection, false, decision);
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

	decide(subject, RIPTIDES_DIRECTION_CONNECT, &connection, false, decision);
}

static void decide_other(const struct rt_subject *subject, struct rt_decision *decision)
{
	const struct rt_generation *generation;
	struct rt_subject_labels room;
	struct rt_facts facts;

	rt_subject_facts(subject, &facts);
	rcu_read_lock();
	generation = rt_generation_in_force();
	*decision = (struct rt_decision) {
		.generation = generation->number,
		.version = rt_subject_version(subject),
		.decided = generation->bundle && rt_refuses_others(&generation->bundle->opened),
	};
	if (decision->decided) {
		rt_subject_labels(subject, &generation->bundle->opened, &room, &facts);
		rt_subject_add_labels(subject, generation->number, &facts);
		rt_decide_other(&generation->bundle->opened, &facts, now(), &decision->verdict);
		if (decision->verdict.asks)
			consider_labels(subject, false, decision);
	}
	rcu_read_unlock();
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
	do {
		decide_other(subject, decision);
	} while (decision->decided && decision->version != rt_subject_version(subject));
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
 * @decision: is filled in, likewise
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_accept(const struct rt_subject *subject, const struct rt_remote *remote,
			u16 local_port, struct rt_decision *decision)
{
	struct rt_connection connection = { .remote = *remote, .local_port = local_port };

	decide(subject, RIPTIDES_DIRECTION_ACCEPT, &connection, false, decision);
}

/**
 * rt_decision_renew() - decide a connection that is up once more
 * @direction: which end the process has
 * @subject: the process
 * @remote: the other end
 * @local_port: where an accepted one came in
 * @decision: is filled in, likewise
 *
 * Does not sleep, and reports nothing.
 */
void rt_decision_renew(enum riptides_direction direction, const struct rt_subject *subject,
		       const struct rt_remote *remote, u16 local_port,
		       struct rt_decision *decision)
{
	struct rt_connection connection = { .remote = *remote, .local_port = local_port };

	decide(subject, direction, &connection, true, decision);
}

/**
 * rt_decision_is_current() - whether a decision is that of the bundle in force, by the names that
 * its destination has now
 * @decision: the decision
 * @direction: which end the process has
 * @remote: the other end
 */
bool rt_decision_is_current(const struct rt_decision *decision,
			    enum riptides_direction direction, const struct rt_remote *remote)
{
	const struct rt_generation *generation;
	u64 names = 0;
	bool is;

	rcu_read_lock();
	generation = rt_generation_in_force();
	is = generation->number == decision->generation;
	/* What is not decided, or refused without a look at the bundle, has no names. */
	if (is && decision->decided && generation->bundle)
		names = rt_names_stamp(find_names(&generation->bundle->opened, direction, remote));
	rcu_read_unlock();
	return is && names == decision->names;
}

/**
 * rt_decision_accept_waits() - whether an accept has to wait for labels
 * @subject: the process
 * @local_port: where connections come in
 *
 * It is asked before it is known whom a connection comes from, so it may be wrong where selectors
 * look at that.
 */
bool rt_decision_accept_waits(const struct rt_subject *subject, u16 local_port)
{
	const struct rt_remote nobody = {};
	struct rt_decision decision;

	if (!subject->image)
		return false;
	rt_decision_accept(subject, &nobody, local_port, &decision);
	return decision.decided && decision.waits;
}

/* A connection waits for labels. */
void rt_decision_count_wait(void)
{
	this_cpu_inc(counters.value[RIPTIDES_COUNTER_WAITED]);
}

static void count(enum riptides_direction direction, const struct rt_decision *decision)
{
	u32 action = rt_decision_denies(decision) ? RT_ACTION_DENY : decision->verdict.action;
	enum riptides_counter counter, unanswered;

	unanswered = action == RT_ACTION_DENY ? RIPTIDES_COUNTER_UNANSWERED_DENIED :
						RIPTIDES_COUNTER_UNANSWERED_ALLOWED;
	if (direction == RIPTIDES_DIRECTION_CONNECT)
		counter = action == RT_ACTION_DENY ? RIPTIDES_COUNTER_CONNECT_DENIED :
			  action == RT_ACTION_AUDIT ? RIPTIDES_COUNTER_CONNECT_AUDITED :
						      RIPTIDES_COUNTER_CONNECT_ALLOWED;
	else
		counter = action == RT_ACTION_DENY ? RIPTIDES_COUNTER_ACCEPT_DENIED :
			  action == RT_ACTION_AUDIT ? RIPTIDES_COUNTER_ACCEPT_AUDITED :
						      RIPTIDES_COUNTER_ACCEPT_ALLOWED;
	this_cpu_inc(counters.value[counter]);
	if (unlikely(decision->unanswered))
		this_cpu_inc(counters.value[unanswered]);
	if (decision->verdict.filling != RT_FILLING_DONE)
		this_cpu_inc(counters.value[RIPTIDES_COUNTER_UNFILLED]);
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
	count(direction, decision);
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
 * rt_decision_report_of() - count and trace a decision about a process that need not be running
 * @direction: which end it has
 * @subject: the process
 * @decision: nothing is reported when no bundle was in force
 * @remote: the other end
 */
void rt_decision_report_of(enum riptides_direction direction, const struct rt_subject *subject,
			   const struct rt_decision *decision, const struct rt_remote *remote)
{
	pid_t tgid = rt_subject_tgid(subject);

	if (!decision->decided)
		return;
	count(direction, decision);
	trace_riptides_verdict(decision->generation, direction, IPPROTO_TCP, &decision->verdict,
			       remote, tgid, tgid, rt_subject_name(subject));
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

	if (in_flight) {
		rt_decision_report_of(direction, subject, decision, remote);
	} else {
		this_cpu_inc(counters.value[RIPTIDES_COUNTER_REVOKED]);
		trace_riptides_revoked(decision->generation, direction, IPPROTO_TCP,
				       &decision->verdict, remote, tgid, tgid,
				       rt_subject_name(subject));
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
