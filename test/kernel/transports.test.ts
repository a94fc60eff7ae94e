// SPDX-License-Identifier: Apache-2.0
//
// Transports other than TCP: datagrams, which are decided by destination, and sockets that cannot be. About a minute for each kernel under
// emulation.

import { describe, expect, test } from '@jest/globals';
import { KERNELS, patience, useGuest } from './suite.ts';
import { PORTS, posture, PROTOCOLS, transports } from './policies.ts';

const ALL = [...Object.values(PORTS), ...Object.values(PROTOCOLS)];
/** What becomes of a datagram to each of ALL. */
const DECIDED = ['ok', 'ok', 'EACCES', 'EACCES', 'EACCES', 'ok'];

describe.each(KERNELS)('datagrams on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = {
    udp: transports(),
    tcp: transports({ udp: false }),
    deny: transports({ egress: 'deny' }),
    nothing: posture('deny'),
  };
  const guest = useGuest(series, { loaded: true });

  const setup = `
from udp import *
ALL = ${JSON.stringify(ALL)}
ALLOWED, AUDITED, DENIED, ELSEWHERE = ${Object.values(PORTS).join(', ')}
family = Family()
`;

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '0.0.0.0', '::', '::ffff:0.0.0.0'])(
    'are decided by their destination, to %s',
    async (address) => {
      expect(
        await guest.python(
          `${setup}
family.put(udp)
receivers = [Receiver(port) for port in ALL]
told = [[way('${address}', port) for port in ALL] for way in (sendto, connected, sendmsg)]
tell(got=[told, [len(receiver.take()) for receiver in receivers]])`,
          { bytes },
        ),
      ).toEqual([[DECIDED, DECIDED, DECIDED], DECIDED.map((told) => (told === 'ok' ? 3 : 0))]);
    },
    TEST_MS,
  );
});
