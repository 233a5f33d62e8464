// Sends the readings of a bench, as a process of its own: what sending costs must not be counted as what receiving costs.

import { encodeBatch } from '../core/batch-codec.ts';
import { BrokerLink } from '../core/broker-link.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { topicOf } from '../core/wire.ts';
import { batchRows, message } from './bench-readings.ts';

const [url = '', first = '', samples = ''] = process.argv.slice(2);
const payloads = Array.from({ length: Number(samples) / batchRows }, (_, n) => encodeBatch(message(Number(first) + n)));
const up = Promise.withResolvers<void>();
const link = new BrokerLink({
  broker: { url, username: 'gw-1', password: '' },
  clientId: 'gw-1',
  subscribe: [],
  onMessage: () => undefined,
  onUp: up.resolve,
  clock: systemClock,
  log: silentLog,
});
await up.promise;
console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
const topic = topicOf('mill', 'gw-1', 'data');
const waiting = payloads.values();
const sendAll = async () => {
  for (const payload of waiting) await link.publish(topic, payload);
};
await Promise.all(Array.from({ length: 500 }, sendAll)); // as many on the way at once
await link.close();
