/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_VERSION_H
#define _RT_VERSION_H

/* The same as in package.json and dkms.conf; a test holds them together. */
#define RT_MODULE_VERSION	"0.1.0"

/* RT_FEATURE_FLAGS that the module has; a bundle that needs others is refused. */
#define RT_FEATURES		(RT_FEATURE_INBOUND | RT_FEATURE_NAMES | RT_FEATURE_LABELS | \
				 RT_FEATURE_TEMPLATES | RT_FEATURE_AGENT_LABELS)

#endif /* _RT_VERSION_H */
