// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths that are looked up as the host's superuser does, from the host's own root, whatever root,
 * mounts and rights the process that runs has.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/namei.h>
#include <linux/string.h>

#include "compat.h"
#include "paths.h"

/* Sees the host as its superuser does. */
static const struct cred *host_cred;

/**
 * rt_path_find() - look a path up from the root of the host
 * @text: the path
 * @flags: LOOKUP_…
 * @found: takes where it leads, with a reference
 *
 * May sleep, for as long as a file system on the way likes. Return: 0, or an error.
 */
int rt_path_find(const char *text, unsigned int flags, struct path *found)
{
	const struct cred *cred;
	struct path root;
	int err;

	rt_host_root(&root);
	cred = override_creds(host_cred);
	err = vfs_path_lookup(root.dentry, root.mnt, text, flags, found);
	revert_creds(cred);
	path_put(&root);
	return err;
}

/*
 * Whether the text, looked up from the root of the host, leads to this very file: 1 or 0; or
 * an error when that was not answered this time.
 */
static int leads_to(const char *text, const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	struct path found;
	int err;

	err = rt_path_find(text, LOOKUP_NO_SYMLINKS, &found);
	switch (err) {
	case 0:
		break;
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
		return 0;
	default:
		return err;
	}
	err = found.dentry->d_sb == dentry->d_sb &&
	      d_backing_inode(found.dentry) == d_backing_inode(dentry);
	path_put(&found);
	return err;
}

/*
 * The path of a file, in the buffer. The kernel marks a file as deleted whose name it dropped;
 * some file systems have it drop the names of files that are still there, and whether this one
 * is will show when the name is looked up.
 */
static char *path_of(const struct file *file, char *buffer)
{
	static const char mark[] = " (deleted)";
	char *path = d_path(&file->f_path, buffer, PATH_MAX);
	size_t length;

	if (IS_ERR(path))
		return NULL;
	length = strlen(path);
	if (d_unlinked(file->f_path.dentry) && length > strlen(mark) &&
	    !strcmp(path + length - strlen(mark), mark))
		path[length - strlen(mark)] = '\0';
	return path;
}

/**
 * rt_path_trusted() - the path of an executable, which a policy may rest on
 * @file: the executable
 * @buffer: of PATH_MAX bytes
 * @path: takes where the path starts within it
 *
 * A path is relative to who looks: any user can make a user and a mount namespace of his
 * own, mount his program over /usr/bin/curl there, or change his root, and the kernel then
 * calls it /usr/bin/curl too. So the path counts only if it leads from the host's own root to
 * the same file, which it does not once that was deleted or replaced. A process without a path
 * matches no selector that asks for one.
 *
 * A path does not tell who controls the process: whoever may run a program can make it do as
 * he likes (LD_PRELOAD, ptrace), or be taken for it (PR_SET_MM_MAP, for which he must be
 * allowed to read and execute the file as well). A policy asks for the user besides.
 *
 * The walk waits for file systems as any call does, and a program may lie on one that its own
 * user serves. So nothing of the module's may be locked here.
 *
 * Return: the length of the path; 0 without one; or an error when it is not known whether there is
 * one.
 */
int rt_path_trusted(const struct file *file, char *buffer, char **path)
{
	int length = 0;

	*path = path_of(file, buffer);
	if (*path && **path == '/')
		length = leads_to(*path, file);
	if (length > 0)
		length = strlen(*path);
	return length;
}

int __init rt_paths_init(void)
{
	host_cred = prepare_kernel_cred(&init_task);
	return host_cred ? 0 : -ENOMEM;
}

/* No path may be looked up any more. */
void rt_paths_exit(void)
{
	put_cred(host_cred);
}
