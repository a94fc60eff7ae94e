// SPDX-License-Identifier: GPL-2.0-only
/*
 * riptides: decides the connections of a host by a compiled policy.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/utsname.h>
#include <net/genetlink.h>

#include "cache.h"
#include "calls.h"
#include "compat.h"
#include "control.h"
#include "digest.h"
#include "generations.h"
#include "hook.h"
#include "images.h"
#include "learn.h"
#include "names.h"
#include "netlink.h"
#include "others.h"
#include "paths.h"
#include "requests.h"
#include "revocation.h"
#include "selftest.h"
#include "sockets.h"
#include "transaction.h"
#include "version.h"
#include "waiting.h"
#include "work.h"

struct workqueue_struct *rt_workqueue;

static bool allow_untested_kernel;
module_param(allow_untested_kernel, bool, 0444);
MODULE_PARM_DESC(allow_untested_kernel, "load on a kernel that the module was not tested with");

static int __init check_kernel(void)
{
	if (rt_kernel_is_tested())
		return 0;
	if (allow_untested_kernel) {
		pr_warn("kernel %s was not tested: only " RT_TESTED_KERNELS " were\n",
			init_utsname()->release);
		return 0;
	}
	pr_err("kernel %s was not tested, only " RT_TESTED_KERNELS
	       " were: load with allow_untested_kernel=1 to try it\n",
	       init_utsname()->release);
	return -EOPNOTSUPP;
}

/* Another generation is in force. */
static void generation_moved(void)
{
	rt_revocation_start();
	rt_names_prune();
	rt_netlink_send_state();
}

static const struct rt_requests_observer requests_observer = {
	.ended = rt_waiting_resume,
	.changed = rt_revocation_labels_changed,
};

static int __init riptides_init(void)
{
	int err;

	err = check_kernel();
	if (err)
		return err;

	rt_workqueue = alloc_workqueue("riptides", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!rt_workqueue)
		return -ENOMEM;

	err = rt_images_init();
	if (err)
		goto err_workqueue;

	err = rt_paths_init();
	if (err)
		goto err_images;

	err = rt_digests_init();
	if (err)
		goto err_paths;

	err = rt_cache_init();
	if (err)
		goto err_digests;

	rt_requests_init(&requests_observer);
	rt_names_init(rt_revocation_names_moved);
	err = rt_generation_init(generation_moved);
	if (err)
		goto err_cache;

	err = rt_transaction_init();
	if (err)
		goto err_generations;

	err = rt_sockets_init();
	if (err)
		goto err_transaction;

	rt_calls_init();
	err = rt_others_init();
	if (err)
		goto err_sockets;

	err = rt_hook_init();
	if (err)
		goto err_others;

	err = rt_selftest();
	if (err)
		goto err_others;

	err = rt_netlink_init();
	if (err)
		goto err_others;

	/* Last: once a socket may be governed, there is no way back from here. */
	err = rt_control_init();
	if (err)
		goto err_netlink;

	pr_info("version " RT_MODULE_VERSION " loaded\n");
	return 0;

err_netlink:
	rt_netlink_exit();
	rt_learn_exit();
err_others:
	rt_others_exit();
err_sockets:
	rt_sockets_exit();
err_transaction:
	rt_transaction_exit();
err_generations:
	rt_generation_stop();
	rt_names_exit();
	rt_revocation_exit();
	rt_waiting_exit();
	rt_requests_exit();
	rt_generation_exit();
err_cache:
	rt_cache_exit();
err_digests:
	rt_digests_exit();
err_paths:
	rt_paths_exit();
err_images:
	rt_images_exit();
err_workqueue:
	destroy_workqueue(rt_workqueue);
	return err;
}

/*
 * Runs only after a drain: the pin keeps the module until no call is inside, and each
 * governed socket keeps it until it is closed or given back.
 */
static void __exit riptides_exit(void)
{
	rt_control_exit();
	rt_netlink_exit();
	rt_learn_exit();
	/* A call that has left may not have got past its last instruction. */
	synchronize_rcu_tasks();
	rt_others_exit();
	rt_sockets_exit();
	rt_transaction_exit();
	/* A new generation has names pruned, and both have connections decided again. */
	rt_generation_stop();
	rt_names_exit();
	/* These end requests, ... */
	rt_requests_exit();
	/* ... which start these, as the others do. */
	rt_waiting_exit();
	rt_revocation_exit();
	rt_generation_exit();
	rt_cache_exit();
	rt_digests_exit();
	rt_paths_exit();
	rt_images_exit();
	destroy_workqueue(rt_workqueue);
	pr_info("unloaded\n");
}

module_init(riptides_init);
module_exit(riptides_exit);

MODULE_DESCRIPTION("Workload identity: decides connections by policy");
MODULE_AUTHOR("The riptides authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(RT_MODULE_VERSION);
MODULE_ALIAS_GENL_FAMILY(RIPTIDES_FAMILY_NAME);
