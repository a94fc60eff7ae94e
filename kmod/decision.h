/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_DECISION_H
#define _RT_DECISION_H

#include "core/core.h"
#include "uapi/riptides.h"

struct rt_subject;

/* What the bundle that was in force said of a connection. */
struct rt_decision {
	u64 generation;
	u64 version;			/* of what was known of the subject */
	u64 names;			/* the stamp of those that the destination had; 0: none */
	bool decided;			/* false: no bundle was in force, and there is no verdict */
	bool waits;			/* nothing is allowed before labels are told */
	bool unanswered;		/* they were not */
	bool lacking;			/* without labels that the bundle asks for */
	bool lasting;			/* it holds for as long as the generation */
	struct rt_verdict verdict;
};

bool rt_decision_needed(void);
bool rt_decision_may_wait(void);
bool rt_decision_needed_of_datagrams(u64 *generation);
bool rt_decision_needed_of_others(void);
void rt_decision_connect(const struct rt_subject *subject, const struct rt_remote *destination,
			 struct rt_decision *decision);
void rt_decision_datagram(const struct rt_subject *subject, const struct rt_remote *destination,
			  struct rt_decision *decision);
void rt_decision_other(const struct rt_subject *subject, struct rt_decision *decision);
void rt_decision_refuse(struct rt_decision *decision);
void rt_decision_accept(const struct rt_subject *subject, const struct rt_remote *remote,
			u16 local_port, struct rt_decision *decision);
void rt_decision_renew(enum riptides_direction direction, const struct rt_subject *subject,
		       const struct rt_remote *remote, u16 local_port,
		       struct rt_decision *decision);
void rt_decision_report(enum riptides_direction direction, const struct rt_decision *decision,
			const struct rt_remote *remote);
void rt_decision_report_datagram(const struct rt_decision *decision,
				 const struct rt_remote *remote);
void rt_decision_report_other(const struct rt_decision *decision, int family, int type,
			      int protocol);
void rt_decision_report_abort(enum riptides_direction direction, const struct rt_subject *subject,
			      const struct rt_decision *decision, const struct rt_remote *remote,
			      bool in_flight);
void rt_decision_report_of(enum riptides_direction direction, const struct rt_subject *subject,
			   const struct rt_decision *decision, const struct rt_remote *remote);
void rt_decision_wait_no_more(struct rt_decision *decision);
void rt_decision_count_wait(void);
bool rt_decision_accept_waits(const struct rt_subject *subject, u16 local_port);
bool rt_decision_is_current(const struct rt_decision *decision,
			    enum riptides_direction direction, const struct rt_remote *remote);
void rt_decision_counters(u64 counters[__RIPTIDES_COUNTER_MAX]);

static inline bool rt_decision_denies(const struct rt_decision *decision)
{
	return decision->decided &&
	       (decision->waits || decision->verdict.action == RT_ACTION_DENY);
}

#endif /* _RT_DECISION_H */
