/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef RT_FUZZ_ASK_H
#define RT_FUZZ_ASK_H

#include "query.h"

/* Asks an open bundle so many questions, by a chance that `seed` fixes, and checks the answers. */
void ask_what_it_suggests(const struct rt_bundle *b, u32 seed, u32 count);

#endif /* RT_FUZZ_ASK_H */
