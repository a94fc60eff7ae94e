/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM riptides

#if !defined(_RT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _RT_TRACE_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tracepoint.h>
#include <net/ipv6.h>

#include "core/core.h"
#include "decision.h"

TRACE_DEFINE_ENUM(RIPTIDES_DIRECTION_CONNECT);
TRACE_DEFINE_ENUM(RIPTIDES_DIRECTION_ACCEPT);
TRACE_DEFINE_ENUM(RT_ACTION_DENY);
TRACE_DEFINE_ENUM(RT_ACTION_ALLOW);
TRACE_DEFINE_ENUM(RT_ACTION_AUDIT);
TRACE_DEFINE_ENUM(RT_FILLING_DONE);
TRACE_DEFINE_ENUM(RT_FILLING_MISSING);
TRACE_DEFINE_ENUM(RT_FILLING_SEVERAL);
TRACE_DEFINE_ENUM(RT_FILLING_UNFIT);
TRACE_DEFINE_ENUM(RT_FILLING_TOO_LONG);

/*
 * A verdict on a connection that begins, or the one by which a connection that was up ends. The
 * rule, identity and service are numbers of the bundle whose generation is given, 4294967295
 * (printed -1) for none; peer is the other end, an IPv4 address as such. Unless filling is done,
 * the placeholders of the workload ID decided.
 */
DECLARE_EVENT_CLASS(riptides_connection,
	TP_PROTO(u64 generation, enum riptides_direction direction, int protocol,
		 const struct rt_verdict *verdict, const struct rt_remote *remote, pid_t pid,
		 pid_t tgid, const char *comm),

	TP_ARGS(generation, direction, protocol, verdict, remote, pid, tgid, comm),

	TP_STRUCT__entry(
		__field(u64, generation)
		__field(pid_t, pid)
		__field(pid_t, tgid)
		__field(u32, direction)
		__field(u32, action)
		__field(u32, rule)
		__field(u32, identity)
		__field(u32, service)
		__field(u32, filling)
		__field(u16, family)
		__field(u16, port)
		__field(u16, protocol)
		__array(char, comm, TASK_COMM_LEN)
		__array(u8, peer, sizeof(struct sockaddr_in6))
	),

	TP_fast_assign(
		const struct in6_addr *address = (const struct in6_addr *)remote->address;
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)__entry->peer;
		struct sockaddr_in *v4 = (struct sockaddr_in *)__entry->peer;

		__entry->generation = generation;
		__entry->pid = pid;
		__entry->tgid = tgid;
		__entry->direction = direction;
		__entry->action = verdict->action;
		__entry->rule = verdict->rule;
		__entry->identity = verdict->identity;
		__entry->service = verdict->service;
		__entry->filling = verdict->filling;
		__entry->port = remote->port;
		__entry->protocol = protocol;
		strscpy_pad(__entry->comm, comm, TASK_COMM_LEN);

		memset(__entry->peer, 0, sizeof(struct sockaddr_in6));
		if (ipv6_addr_v4mapped(address)) {
			__entry->family = AF_INET;
			v4->sin_family = AF_INET;
			v4->sin_port = htons(remote->port);
			v4->sin_addr.s_addr = address->s6_addr32[3];
		} else {
			__entry->family = AF_INET6;
			v6->sin6_family = AF_INET6;
			v6->sin6_port = htons(remote->port);
			v6->sin6_addr = *address;
		}
	),

	TP_printk("generation=%llu %s %s peer=%pISpc rule=%d identity=%d service=%d pid=%d tgid=%d protocol=%s filling=%s comm=%s",
		  __entry->generation,
		  __print_symbolic(__entry->direction,
				   { RIPTIDES_DIRECTION_CONNECT, "connect" },
				   { RIPTIDES_DIRECTION_ACCEPT, "accept" }),
		  __print_symbolic(__entry->action,
				   { RT_ACTION_DENY, "deny" },
				   { RT_ACTION_ALLOW, "allow" },
				   { RT_ACTION_AUDIT, "audit" }),
		  __entry->peer, __entry->rule, __entry->identity, __entry->service,
		  __entry->pid, __entry->tgid,
		  __print_symbolic(__entry->protocol,
				   { IPPROTO_TCP, "tcp" },
				   { IPPROTO_UDP, "udp" }),
		  __print_symbolic(__entry->filling,
				   { RT_FILLING_DONE, "done" },
				   { RT_FILLING_MISSING, "missing" },
				   { RT_FILLING_SEVERAL, "several" },
				   { RT_FILLING_UNFIT, "unfit" },
				   { RT_FILLING_TOO_LONG, "too-long" }),
		  __entry->comm)
);

DEFINE_EVENT(riptides_connection, riptides_verdict,
	TP_PROTO(u64 generation, enum riptides_direction direction, int protocol,
		 const struct rt_verdict *verdict, const struct rt_remote *remote, pid_t pid,
		 pid_t tgid, const char *comm),
	TP_ARGS(generation, direction, protocol, verdict, remote, pid, tgid, comm)
);

DEFINE_EVENT(riptides_connection, riptides_revoked,
	TP_PROTO(u64 generation, enum riptides_direction direction, int protocol,
		 const struct rt_verdict *verdict, const struct rt_remote *remote, pid_t pid,
		 pid_t tgid, const char *comm),
	TP_ARGS(generation, direction, protocol, verdict, remote, pid, tgid, comm)
);

/*
 * A verdict on a socket whose destinations cannot be decided, when it is made: refused, or reported
 * where that is audited. Family, type and protocol are those of socket(2).
 */
TRACE_EVENT(riptides_other,
	TP_PROTO(u64 generation, const struct rt_verdict *verdict, int family, int type,
		 int protocol),

	TP_ARGS(generation, verdict, family, type, protocol),

	TP_STRUCT__entry(
		__field(u64, generation)
		__field(pid_t, pid)
		__field(pid_t, tgid)
		__field(u32, action)
		__field(u32, rule)
		__field(u32, identity)
		__field(u16, family)
		__field(u16, type)
		__field(int, protocol)
		__array(char, comm, TASK_COMM_LEN)
	),

	TP_fast_assign(
		__entry->generation = generation;
		__entry->pid = current->pid;
		__entry->tgid = current->tgid;
		__entry->action = verdict->action;
		__entry->rule = verdict->rule;
		__entry->identity = verdict->identity;
		__entry->family = family;
		__entry->type = type;
		__entry->protocol = protocol;
		strscpy_pad(__entry->comm, current->comm, TASK_COMM_LEN);
	),

	TP_printk("generation=%llu socket %s family=%u type=%u protocol=%d rule=%d identity=%d pid=%d tgid=%d comm=%s",
		  __entry->generation,
		  __print_symbolic(__entry->action,
				   { RT_ACTION_DENY, "deny" },
				   { RT_ACTION_ALLOW, "allow" },
				   { RT_ACTION_AUDIT, "audit" }),
		  __entry->family, __entry->type, __entry->protocol, __entry->rule,
		  __entry->identity, __entry->pid, __entry->tgid, __entry->comm)
);

#endif /* _RT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
