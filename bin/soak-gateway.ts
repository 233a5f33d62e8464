// Sends 10,000 points every second, in messages of 500, and tells how old each message is when it is acknowledged.

import { encodeBatch } from '../core/batch-codec.ts';
import { BrokerLink } from '../core/broker-link.ts';
import { minute } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { BatchBuilder } from '../core/sample.ts';
import { parseAck, topicOf } from '../core/wire.ts';

const [url = '', password = '', minutes = ''] = process.argv.slice(2);
const second = 1_000;
const [pointsInAll, inMessage] = [10_000, 500];
/** When what is in a message was read. */
const waiting = new Map<number, number>();
const up = Promise.withResolvers<void>();
const link = new BrokerLink({
  broker: { url, username: 'gw-1', password },
  clientId: 'gw-1',
  subscribe: [topicOf('mill', 'gw-1', 'ack')],
  onMessage: (_, payload) => {
    for (const [first, last] of parseAck(payload).stored)
      for (let seq = first; seq <= last; seq++) {
        const time = waiting.get(seq);
        if (time === undefined) continue;
        waiting.delete(seq);
        console.log(JSON.stringify({ lag: Date.now() - time }));
      }
  },
  onUp: up.resolve,
  clock: systemClock,
  log: silentLog,
});
await up.promise;

let seq = 0;
function messageOf(time: number, first: number): string {
  const builder = new BatchBuilder();
  for (let n = first; n < first + inMessage; n++) {
    const isCounter = n % 5 === 0; // of a plant's points one in five counts, the others swing
    const value = isCounter
      ? 1_000 + (time % 1e9) / 1_000
      : Math.round(5_000 + 500 * Math.sin(time / 60_000 + n)) / 100;
    builder.add({
      meter: `m${Math.floor(n / 5)}`,
      point: pointOf[n % 5] as (typeof pointOf)[number],
      time,
      value,
      quality: 0,
    });
  }
  return encodeBatch(builder.build('gw-1', 1, ++seq));
}
const pointOf = ['energy_import', 'power', 'voltage_l1', 'current_l1', 'power_factor'] as const;

const began = Date.now();
let sent = 0;
for (let at = began; at < began + Number(minutes) * minute; at += second) {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
  for (let first = 0; first < pointsInAll; first += inMessage) {
    const payload = messageOf(at, first);
    waiting.set(seq, at);
    await link.publish(topicOf('mill', 'gw-1', 'data'), payload);
    sent += inMessage;
  }
}
for (const end = Date.now() + minute; waiting.size > 0 && Date.now() < end; )
  await new Promise((resolve) => setTimeout(resolve, 20));
console.log(JSON.stringify({ sent }));
await link.close();
