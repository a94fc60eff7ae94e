/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_SUBJECT_H
#define _RT_SUBJECT_H

#include <linux/types.h>
#include <linux/uidgid.h>

#include "core/core.h"

struct rt_image;

/* The process that a decision is about, as it was at the call. */
struct rt_subject {
	struct rt_image *image;	/* a reference; NULL: without facts, as a kernel thread is */
	kuid_t uid;
	kgid_t gid;
};

bool rt_subject_find(struct rt_subject *subject);
int rt_subject_get(struct rt_subject *subject);
void rt_subject_put(struct rt_subject *subject);
pid_t rt_subject_tgid(const struct rt_subject *subject);
const char *rt_subject_name(const struct rt_subject *subject);
u64 rt_subject_version(const struct rt_subject *subject);
bool rt_subject_has_labels(const struct rt_subject *subject, u64 generation);
void rt_subject_add_labels(const struct rt_subject *subject, u64 generation,
			   struct rt_facts *facts);
void rt_subject_facts(const struct rt_subject *subject, struct rt_facts *facts);

int rt_subject_init(void);
void rt_subject_exit(void);

#endif /* _RT_SUBJECT_H */
