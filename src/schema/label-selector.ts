// SPDX-License-Identifier: Apache-2.0
// Selectors of services, which egress rules and injections have.

import * as z from 'zod';
import { nonEmptyList, notEmptyMap, oneOrMany } from './check.ts';
import { labelKeys, labelValue } from './names.ts';

/** Labels that one service must all have. */
const labelSelector = z
  .record(z.string(), oneOrMany(labelValue))
  .meta({ minProperties: 1 })
  .check(labelKeys)
  .check(
    notEmptyMap({
      message: 'the selector is empty',
      why: 'it would select every service',
      fix: 'name at least one label of the services that are meant',
    }),
  );

/** Services that have all labels of one of the entries. */
export const serviceSelectors = nonEmptyList(labelSelector);
