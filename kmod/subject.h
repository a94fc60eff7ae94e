/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_SUBJECT_H
#define _RT_SUBJECT_H

#include <linux/types.h>
#include <linux/uidgid.h>

#include "core/core.h"
#include "labels.h"

struct cred;
struct rt_image;

/* The process that a decision is about, as it was at the call. */
struct rt_subject {
	struct rt_image *image;	/* a reference; NULL: without facts, as a kernel thread is */
	const struct cred *cred;	/* a reference; NULL: no bundle asked for groups */
	kuid_t uid;
	kgid_t gid;
	kuid_t real_uid;
	kgid_t real_gid;
};

/* Labels of a subject, those of its image and of the call. */
struct rt_subject_labels {
	struct rt_bytes label[RT_IMAGE_LABELS + 2 + RT_MAX_NAMED_GROUPS];
	u8 uid[sizeof("process:uid:real=4294967295")];
	u8 gid[sizeof("process:gid:real=4294967295")];
};

bool rt_subject_find(struct rt_subject *subject);
int rt_subject_get(struct rt_subject *subject);
void rt_subject_put(struct rt_subject *subject);
void rt_subject_follow(struct rt_subject *subject);
pid_t rt_subject_tgid(const struct rt_subject *subject);
const char *rt_subject_name(const struct rt_subject *subject);
u64 rt_subject_version(const struct rt_subject *subject);
bool rt_subject_has_labels(const struct rt_subject *subject, u64 generation);
void rt_subject_add_labels(const struct rt_subject *subject, u64 generation,
			   struct rt_facts *facts);
void rt_subject_facts(const struct rt_subject *subject, struct rt_facts *facts);
void rt_subject_labels(const struct rt_subject *subject, const struct rt_bundle *bundle,
		       struct rt_subject_labels *room, struct rt_facts *facts);
bool rt_subject_knows_groups(const struct rt_subject *subject, const struct rt_bundle *bundle);
u32 rt_subject_groups(const struct rt_subject *subject, const struct rt_bundle *bundle);
bool rt_subject_suffices(const struct rt_subject *subject, const struct rt_bundle *bundle);

#endif /* _RT_SUBJECT_H */
