// SPDX-License-Identifier: GPL-2.0-only
#include "selftest.h"
#include <linux/init.h>
int __init rt_selftest(void) { return 0; }
