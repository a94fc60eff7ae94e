// SPDX-License-Identifier: Apache-2.0

/** What is worth a line in the agent's log, the least first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
