/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_WORK_H
#define _RT_WORK_H

#include <linux/workqueue.h>

/*
 * Where the module's work is done that somebody waits for. The system's queues are bounded as well,
 * and programs can fill them with work that sleeps for as long as they like.
 */
extern struct workqueue_struct *rt_workqueue;

#endif /* _RT_WORK_H */
