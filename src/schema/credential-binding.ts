// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { notEmptyMap, type Problem, rule } from './check.ts';
import { documentSchema } from './document.ts';
import { serviceSelectors } from './label-selector.ts';
import { documentName } from './names.ts';
import { timeFields, timeOrder } from './time.ts';
import { identityWorkloadId } from './workload-id.ts';

const MOST_USES = 4_294_967_295;

const propagation = z
  .strictObject({
    injection: z
      .strictObject({
        selectors: serviceSelectors.describe(
          'Towards which services: those that have all labels of one of the entries.',
        ),
      })
      .optional()
      .describe('The credential is put into requests on their way out.'),
    sysfs: z.strictObject({}).optional().describe('The credential is given to the process as files: {}.'),
  })
  .check(
    notEmptyMap({
      message: 'the credential goes nowhere',
      fix: 'write injection with selectors, sysfs: {}, or both',
    }),
  )
  .meta({ minProperties: 1 });

export const credentialBindingSchema = documentSchema(
  'CredentialBinding',
  z
    .strictObject({
      workloadID: identityWorkloadId.describe(
        'The workload ID of a WorkloadIdentity: who gets the credential.',
      ),
      credentialSource: documentName.describe('The name of a CredentialSource: where it comes from.'),
      propagation: propagation.describe('How it gets there.'),
      uses: z
        .number()
        .check(
          rule((uses): Problem | undefined =>
            Number.isInteger(uses) && uses >= 1 && uses <= MOST_USES
              ? undefined
              : {
                  code: 'RTP1119',
                  message: `${uses} is not a number of uses`,
                  fix: `write a whole number from 1 to ${MOST_USES}, or leave the field out for any number`,
                },
          ),
        )
        .optional()
        .describe('How often it may be used; any number of times when left out.'),
      ...timeFields,
    })
    .check(rule(timeOrder)),
);
