/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_IN_FLIGHT_H
#define _RT_IN_FLIGHT_H

int rt_in_flight_enter(void);
void rt_in_flight_leave(int section);
void rt_in_flight_check(void);
void rt_in_flight_wait(void);
void rt_in_flight_exit(void);

#endif /* _RT_IN_FLIGHT_H */
