// Owns filling the store with the virtual plant's past, sent as a gateway sends it: spool, MQTT, ingest, acknowledgement.

import { encodeBatch } from '../core/batch-codec.ts';
import type { BrokerAddress } from '../core/broker-link.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Log } from '../core/log.ts';
import { BatchBuilder, type SeriesFacts, seriesName } from '../core/sample.ts';
import type { Store } from '../core/store.ts';
import { Publisher } from '../gateway/publisher.ts';
import { Spool } from '../gateway/spool.ts';
import type { History } from '../simulators/history.ts';

export const historyGateway = 'history';

export type FillOptions = {
  site: Site;
  history: History;
  facts: SeriesFacts[];
  from: number;
  /** The last moment that is filled. */
  to: number;
  step: number;
  store: Store;
  broker: BrokerAddress;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
};

const batchSize = 2_000;
const mostOnTheWay = 64;

/** Gives the number of readings sent. Begins where each series ends, so that nothing is sent twice. */
export async function fillHistory(options: FillOptions): Promise<number> {
  const { site, history, facts, from, to, step, store, broker, clock, log, signal, onProgress } = options;
  const newest = new Map((await store.latest()).map((sample) => [seriesName(sample), sample.time]));
  const begin = Math.min(...history.series.map((key) => Math.max(from, (newest.get(seriesName(key)) ?? 0) + 1)));
  const total = Math.max(0, Math.floor(to / step) - Math.ceil(begin / step) + 1) * history.series.length;
  if (total === 0) return 0;
  const spool = new Spool(':memory:', clock.now()); // the past can be made again: it needs no disk
  const publisher = new Publisher({
    site: site.site,
    gateway: historyGateway,
    broker,
    spool,
    facts: () => facts,
    clock,
    log,
    window: mostOnTheWay,
  });
  const stop = new AbortController();
  const running = publisher.run(stop.signal);
  let sent = 0;
  const roomFor = async (most: number) => {
    while (publisher.backlog > most && !signal.aborted) {
      onProgress(sent, total);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  try {
    let builder = new BatchBuilder();
    const send = () => {
      sent += builder.size;
      spool.append({ kind: 'counters', readings: builder.size, ...builder.span() }, (epoch, seq) =>
        encodeBatch(builder.build(historyGateway, epoch, seq)),
      );
      publisher.wake();
      builder = new BatchBuilder();
    };
    let time = 0;
    for (const sample of history.samples(begin, to, step, newest)) {
      // Whole moments only: a stop between two batches leaves no moment half filled.
      if (builder.size >= batchSize && sample.time !== time) {
        send();
        await roomFor(mostOnTheWay);
        if (signal.aborted) break;
      }
      time = sample.time;
      builder.add(sample);
    }
    if (builder.size > 0 && !signal.aborted) send();
    await roomFor(0);
    return sent;
  } finally {
    stop.abort();
    await running;
    await publisher.close();
    spool.close();
  }
}
