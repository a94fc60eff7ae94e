/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_LABELS_H
#define _RT_LABELS_H

#include <linux/bits.h>
#include <linux/types.h>

#include "core/core.h"

enum {
	RT_ANCESTORS = 8,		/* that are looked at, the parent included */
	RT_NAMESPACES = 8,		/* kinds of them */
	RT_LABELS_SIZE = 8 << 10,	/* bytes of all labels of an image */
	/* Labels of an image: each ancestor, variable and namespace, and the single ones. */
	RT_IMAGE_LABELS = RT_ANCESTORS + RT_MAX_ENV_NAMES + 2 * RT_NAMESPACES + 4,
};

/* Labels that can change with each call. They are not collected with an image. */
#define RT_CALL_LABELS \
	(BIT(RT_LABEL_PROCESS_UID_REAL) | BIT(RT_LABEL_PROCESS_GID_REAL) | \
	 BIT(RT_LABEL_PROCESS_GID_ADDITIONAL))

/* What a bundle asks for. */
struct rt_needs {
	u32 kinds;			/* enum rt_label, one bit each; those of calls left out */
	u32 env_count;
	struct {
		u8 length;
		u8 name[RT_MAX_ENV_NAME_LENGTH];
	} env[RT_MAX_ENV_NAMES];
};

/* Part of the text of a set of labels. */
struct rt_span {
	u16 start;
	u16 length;
};

/* The labels of an image that were collected. Constant. */
struct rt_labels {
	u32 kinds;			/* that were asked for, one bit each */
	u16 env_count;			/* variables that were asked for */
	u16 count;
	struct rt_span env[RT_MAX_ENV_NAMES];
	struct rt_span label[RT_IMAGE_LABELS];
	u8 text[];
};

bool rt_needs_take(const struct rt_bundle *bundle, struct rt_needs *needs);
bool rt_labels_suffice(const struct rt_labels *labels, const struct rt_bundle *bundle);
struct rt_labels *rt_labels_collect(const struct rt_labels *known, const struct rt_needs *needs,
				    bool *is_definite);

#endif /* _RT_LABELS_H */
