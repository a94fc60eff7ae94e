// SPDX-License-Identifier: Apache-2.0

/**
 * Where random tests begin. The same each time, so that a test fails because of what changed and not by chance;
 * RIPTIDES_SEED (a whole number) tries other cases, or those of a failure again.
 */
export const SEED = Number(process.env['RIPTIDES_SEED'] ?? 1);
