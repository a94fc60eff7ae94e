// SPDX-License-Identifier: Apache-2.0
// What the log of a kernel with fault injection says of the failures that were injected.

/**
 * The stack traces that fault injection prints, and the kernel's own complaints about memory that it did not get, also for the trace events
 * of a module. None is a finding; what a failure leads to still is.
 */
export const INJECTED: readonly RegExp[] = [
  /^[^\n]*Call Trace:\n(?:[^\n]*(?:<TASK>|dump_stack\w*)[^\n]*\n)*[^\n]* (?:should_fail|fail_dump|warn_alloc|kmem_cache_create)/,
  /WARNING: CPU: \d+ PID: \d+ at event_define_fields\+/,
];

interface Injections {
  readonly injected: number;
  /** Different ways to the call that failed. */
  readonly sites: number;
  /** Those of them that lead through the module. */
  readonly sitesBelowTheModule: number;
}

/** Counts what was injected. A site is what failed and the functions that lead there. */
export function injectionsIn(log: string): Injections {
  const sites = new Set<string>();
  let injected = 0;
  for (const report of log.split('FAULT_INJECTION: forcing a failure').slice(1)) {
    injected += 1;
    const end = report.indexOf('</TASK>');
    const text = end < 0 ? report.slice(0, 4000) : report.slice(0, end);
    const kind = /name (\w+),/.exec(text)?.[1] ?? '';
    const frames = [...text.matchAll(/\] {2}(\w[\w.]*\+0x\w+)\/0x\w+( \[riptides\])?/g)].map(
      ([, frame = '', module = '']) => frame + module,
    );
    sites.add([kind, ...frames].join(' '));
  }
  return {
    injected,
    sites: sites.size,
    sitesBelowTheModule: [...sites].filter((site) => site.includes('[riptides]')).length,
  };
}

/**
 * 6.1 loses the name of a cache's object in sysfs when kmem_cache_create() cannot add it there. Who calls it can do nothing about that, as
 * it gets no cache.
 */
const KERNELS_OWN_LEAK = /\bsysfs_slab_add\b/;

/** What kmemleak reports as lost: each object, but for those that the kernel loses itself, and how many these are. */
export function leaksIn(text: string): { readonly leaks: readonly string[]; readonly kernels: number } {
  const objects = text.split(/^(?=unreferenced object )/m).filter((object) => object.trim() !== '');
  const leaks = objects.filter((object) => !KERNELS_OWN_LEAK.test(object));
  return { leaks, kernels: objects.length - leaks.length };
}
