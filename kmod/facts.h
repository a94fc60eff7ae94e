/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_FACTS_H
#define _RT_FACTS_H

#include "core/core.h"

struct rt_process;

struct rt_process *rt_process_get(void);
void rt_process_put(struct rt_process *process);
void rt_process_facts(const struct rt_process *process, struct rt_facts *facts);

int rt_facts_init(void);
void rt_facts_exit(void);

#endif /* _RT_FACTS_H */
