// SPDX-License-Identifier: GPL-2.0-only
/*
 * Facts of processes.
 *
 * What costs something to find out is found out once per program image: the first time that
 * a process connects or accepts after it was executed. User and group are read each time.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/hash.h>
#include <linux/init_task.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "process.h"

enum {
	MAX_PROCESSES = 8192,		/* images that are remembered at once */
	BUCKETS_BITS = 10,
	REAP_SECONDS = 30,		/* how often the dead are forgotten */
};

/* A program image: a process since its last exec. Constant once it is in the table. */
struct rt_process {
	struct hlist_node node;
	struct list_head age;
	struct rcu_head rcu;
	refcount_t users;		/* the table counts as one */
	struct pid *pid;		/* of the thread group */
	u64 image;			/* its leader's self_exec_id */
	char name[TASK_COMM_LEN];
	u16 path_length;		/* 0: has no path that can be trusted */
	u16 cmdline_length;
	u8 text[];			/* path, command line */
};

/*
 * Guards changes to the table and the list; readers of the table use RCU. Nothing is taken
 * under it.
 */
static DEFINE_SPINLOCK(table_lock);
static struct hlist_head table[1 << BUCKETS_BITS];
static LIST_HEAD(oldest_first);
static unsigned int count;

static const struct cred *host_cred;

static void reap(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(reap_work, reap);

static struct hlist_head *bucket_of(struct pid *pid)
{
	return &table[hash_ptr(pid, BUCKETS_BITS)];
}

static void put_process(struct rt_process *process)
{
	if (process && refcount_dec_and_test(&process->users)) {
		put_pid(process->pid);
		kfree_rcu(process, rcu);
	}
}

static void forget(struct rt_process *process)
{
	lockdep_assert_held(&table_lock);
	hlist_del_rcu(&process->node);
	list_del(&process->age);
	count--;
	put_process(process);
}

static void reap(struct work_struct *work)
{
	struct rt_process *process, *next;

	spin_lock(&table_lock);
	rcu_read_lock();
	list_for_each_entry_safe(process, next, &oldest_first, age) {
		if (!pid_task(process->pid, PIDTYPE_TGID))
			forget(process);
	}
	rcu_read_unlock();
	spin_unlock(&table_lock);

	queue_delayed_work(system_power_efficient_wq, &reap_work, REAP_SECONDS * HZ);
}

static struct rt_process *find(struct pid *pid)
{
	struct rt_process *process;

	hlist_for_each_entry_rcu(process, bucket_of(pid), node, lockdep_is_held(&table_lock)) {
		if (process->pid == pid)
			return process;
	}
	return NULL;
}

/* Replaces what is remembered of the process, and the oldest when the table is full. */
static void remember(struct rt_process *process)
{
	struct rt_process *earlier;

	spin_lock(&table_lock);
	earlier = find(process->pid);
	if (!earlier && count == MAX_PROCESSES)
		earlier = list_first_entry(&oldest_first, struct rt_process, age);
	if (earlier)
		forget(earlier);

	refcount_inc(&process->users);
	hlist_add_head_rcu(&process->node, bucket_of(process->pid));
	list_add_tail(&process->age, &oldest_first);
	count++;
	spin_unlock(&table_lock);
}

/* Whether the text, looked up from the root of the host, leads to this very file. */
static bool leads_to(const char *text, const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	const struct cred *cred;
	struct path root, found;
	bool same;
	int err;

	rt_host_root(&root);
	cred = override_creds(host_cred);
	err = vfs_path_lookup(root.dentry, root.mnt, text, LOOKUP_NO_SYMLINKS, &found);
	revert_creds(cred);
	path_put(&root);
	if (err)
		return false;

	same = found.dentry->d_sb == dentry->d_sb &&
	       d_backing_inode(found.dentry) == d_backing_inode(dentry);
	path_put(&found);
	return same;
}

/*
 * The path of the executable, which a policy may rest on.
 *
 * A path is a matter of who looks: any user can make a user and a mount namespace of his
 * own, put his program over /usr/bin/curl there, or change his root, and the kernel then
 * calls it /usr/bin/curl too. So the path counts only if the host's own root leads to the
 * same file by it. A file that was deleted has no path. A process without a path matches no
 * selector that asks for one.
 *
 * What no path can tell is who is at the wheel: whoever may run a program can make it do as
 * he likes (LD_PRELOAD, ptrace), or be taken for it (PR_SET_MM_MAP, for which he must be
 * allowed to read and execute the file as well). A policy asks for the user besides.
 *
 * Returns the length of the path, which starts at *path within the buffer; 0 without one.
 */
static u16 trusted_path(char *buffer, char **path)
{
	struct file *file = rt_exe_file(current->mm);
	u16 length = 0;

	if (!file)
		return 0;
	if (d_unlinked(file->f_path.dentry))
		goto out;

	*path = d_path(&file->f_path, buffer, PATH_MAX);
	if (!IS_ERR(*path) && **path == '/' && leads_to(*path, file))
		length = strlen(*path);
out:
	fput(file);
	return length;
}

/* The arguments, joined by one space, cut at the limit. Returns the length. */
static u16 command_line(u8 *buffer)
{
	struct mm_struct *mm = current->mm;
	unsigned long start, end;
	int length, i;

	spin_lock(&mm->arg_lock);
	start = mm->arg_start;
	end = mm->arg_end;
	spin_unlock(&mm->arg_lock);
	if (end <= start)
		return 0;

	/* Only anonymous memory: a file's could make us wait for whoever serves it. */
	length = access_process_vm(current, start, buffer,
				   min_t(unsigned long, end - start, RT_MAX_CMDLINE_LENGTH),
				   FOLL_ANON);
	while (length > 0 && !buffer[length - 1])
		length--;
	for (i = 0; i < length; i++) {
		if (!buffer[i])
			buffer[i] = ' ';
	}
	return max(length, 0);
}

static struct rt_process *collect(struct pid *pid, u64 image)
{
	u16 path_length, cmdline_length;
	struct rt_process *process = NULL;
	char *path_buffer, *path;
	u8 *cmdline;

	path_buffer = kmalloc(PATH_MAX, GFP_KERNEL);
	cmdline = kmalloc(RT_MAX_CMDLINE_LENGTH, GFP_KERNEL);
	if (!path_buffer || !cmdline)
		goto out;

	path_length = trusted_path(path_buffer, &path);
	cmdline_length = command_line(cmdline);

	process = kmalloc(struct_size(process, text, path_length + cmdline_length), GFP_KERNEL);
	if (!process)
		goto out;
	refcount_set(&process->users, 1);
	process->pid = get_pid(pid);
	process->image = image;
	process->path_length = path_length;
	process->cmdline_length = cmdline_length;
	if (path_length)
		memcpy(process->text, path, path_length);
	memcpy(process->text + path_length, cmdline, cmdline_length);

	rcu_read_lock();
	get_task_comm(process->name, READ_ONCE(current->group_leader));
	rcu_read_unlock();
out:
	kfree(cmdline);
	kfree(path_buffer);
	return process;
}

/* A reference to the facts of the process that runs, NULL for a kernel thread, or an error. */
static struct rt_process *get_process(void)
{
	struct pid *pid = task_tgid(current);
	struct rt_process *process;
	u64 image;

	if (!current->mm || current->flags & PF_KTHREAD)
		return NULL;

	rcu_read_lock();
	image = READ_ONCE(READ_ONCE(current->group_leader)->self_exec_id);
	process = find(pid);
	if (process && (process->image != image || !refcount_inc_not_zero(&process->users)))
		process = NULL;
	rcu_read_unlock();
	if (process)
		return process;

	process = collect(pid, image);
	if (!process)
		return ERR_PTR(-ENOMEM);
	remember(process);
	return process;
}

/**
 * rt_subject_get() - the process that runs, as it is now
 * @subject: is filled in; rt_subject_put() gives it back, also after an error
 *
 * May sleep. Return: 0, or -ENOMEM when the facts of the process could not be had.
 */
int rt_subject_get(struct rt_subject *subject)
{
	struct rt_process *process;

	might_sleep();
	process = get_process();
	*subject = (struct rt_subject) {
		.process = IS_ERR(process) ? NULL : process,
		.uid = current_euid(),
		.gid = current_egid(),
	};
	return PTR_ERR_OR_ZERO(process);
}

/**
 * rt_subject_put() - give a subject back
 * @subject: as filled in by rt_subject_get(), or zero; is zero afterwards
 */
void rt_subject_put(struct rt_subject *subject)
{
	put_process(subject->process);
	*subject = (struct rt_subject) {};
}

/* The process id of a subject in the initial namespace; 0 without a process. */
pid_t rt_subject_tgid(const struct rt_subject *subject)
{
	return subject->process ? pid_nr(subject->process->pid) : 0;
}

/* The name of a subject's process. */
const char *rt_subject_name(const struct rt_subject *subject)
{
	return subject->process ? subject->process->name : "";
}

static void add_bytes(struct rt_facts *facts, u16 fact, const void *bytes, u16 length)
{
	facts->fact[facts->count++] = (struct rt_fact_value) {
		.fact = fact, .length = length, .bytes = bytes,
	};
}

static void add_number(struct rt_facts *facts, u16 fact, u32 number)
{
	facts->fact[facts->count++] = (struct rt_fact_value) { .fact = fact, .number = number };
}

/**
 * rt_subject_facts() - the facts of a subject in the form that the core takes
 * @subject: whose
 * @facts: is filled in; points into the process of @subject
 */
void rt_subject_facts(const struct rt_subject *subject, struct rt_facts *facts)
{
	const struct rt_process *process = subject->process;

	facts->count = 0;
	facts->label_count = 0;
	facts->labels = NULL;
	if (!process)
		return;

	add_bytes(facts, RT_FACT_PROCESS_NAME, process->name, strlen(process->name));
	add_number(facts, RT_FACT_PROCESS_UID, from_kuid(&init_user_ns, subject->uid));
	add_number(facts, RT_FACT_PROCESS_GID, from_kgid(&init_user_ns, subject->gid));
	if (process->path_length)
		add_bytes(facts, RT_FACT_PROCESS_BINARY_PATH, process->text, process->path_length);
	if (process->cmdline_length)
		add_bytes(facts, RT_FACT_PROCESS_CMDLINE, process->text + process->path_length,
			  process->cmdline_length);
}

int __init rt_process_init(void)
{
	host_cred = prepare_kernel_cred(&init_task);
	if (!host_cred)
		return -ENOMEM;
	queue_delayed_work(system_power_efficient_wq, &reap_work, REAP_SECONDS * HZ);
	return 0;
}

/* Nobody may be using facts any more. */
void rt_process_exit(void)
{
	struct rt_process *process, *next;

	cancel_delayed_work_sync(&reap_work);
	spin_lock(&table_lock);
	list_for_each_entry_safe(process, next, &oldest_first, age)
		forget(process);
	spin_unlock(&table_lock);
	put_cred(host_cred);
}
