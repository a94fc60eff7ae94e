// SPDX-License-Identifier: Apache-2.0

import { allowingPosture } from './rules/allowing-posture.ts';
import { everyLink } from './rules/every-link.ts';
import { expired } from './rules/expired.ts';
import { forgeableFacts } from './rules/forgeable-facts.ts';
import { leftOpen } from './rules/left-open.ts';
import { longLivedSvid } from './rules/long-lived-svid.ts';
import { notCompared } from './rules/not-compared.ts';
import { openDestination } from './rules/open-destination.ts';
import { plainOutside } from './rules/plain-outside.ts';
import { rootUser } from './rules/root.ts';
import { udpLeftOut } from './rules/udp-left-out.ts';
import { untested } from './rules/untested.ts';
import { widened } from './rules/widened.ts';
import { widePeers } from './rules/wide-peers.ts';
import type { LintRule } from './types.ts';

/** All rules, by their codes. */
export const LINT_RULES: readonly LintRule[] = [
  forgeableFacts,
  openDestination,
  leftOpen,
  expired,
  widePeers,
  plainOutside,
  allowingPosture,
  longLivedSvid,
  untested,
  rootUser,
  widened,
  notCompared,
  everyLink,
  udpLeftOut,
];
