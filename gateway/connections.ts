// Owns the open connections of a gateway and the sources behind them: takes over a new configuration by its differences.
import { isDeepStrictEqual } from 'node:util';
import type { Site } from '../core/config/site.ts';
import type { ConnectionConfig, GatewayConfig, MeterConfig } from '../core/config/site-schema.ts';
import type { SeriesFacts } from '../core/sample.ts';
import { type ConnectionParts, type OpenedConnection, openConnection, settleOf, withSettings } from './connection.ts';
import { refuseMisfits } from './fit.ts';
import type { Pushed } from './follow.ts';
import { installationsOf } from './installations.ts';
import type { Polled } from './poller.ts';
import { isPolled, type Source } from './source.ts';

type Open = {
  config: ConnectionConfig;
  settle: number;
  opened: OpenedConnection;
  meters: Map<string, { config: MeterConfig; source: Source }>;
};

export class Connections {
  readonly #parts: ConnectionParts;
  #open: Open[] = [];

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  polled(): Polled[] {
    return this.#open.flatMap(({ config: { poll: periods, deadband, heartbeat }, meters, opened: { line } }) =>
      [...meters.values()].flatMap(({ source }) => {
        if (!isPolled(source)) return [];
        const polled = { source, periods, limits: { deadband, heartbeat } };
        // Time is rationed where a dead device costs others theirs.
        return [line === undefined || meters.size === 1 ? polled : { ...polled, line }];
      }),
    );
  }

  pushed(): Pushed[] {
    return this.#open.flatMap(({ config: { deadband, heartbeat }, meters }) =>
      [...meters.values()].flatMap(({ source }) =>
        isPolled(source) ? [] : [{ source, limits: { deadband, heartbeat } }],
      ),
    );
  }

  sources(): Source[] {
    return this.#open.flatMap(({ meters }) => [...meters.values()].map(({ source }) => source));
  }

  facts(): SeriesFacts[] {
    return this.#open
      .flatMap(({ meters }) => [...meters.values()])
      .flatMap(({ config, source }) =>
        source
          .facts()
          .map((facts) => ({ ...facts, installations: installationsOf(config, facts.point, facts.installations) })),
      );
  }

  /**
   * Opens what is new before anything is closed: a mistake in the new configuration leaves the old one as it was. Gives the
   * way to close what is gone, for when nobody reads from it any more.
   */
  apply(site: Site, gateway: GatewayConfig): () => Promise<void> {
    refuseMisfits(site);
    const before = this.#open;
    const fresh: OpenedConnection[] = [];
    const open = (given: ConnectionConfig): Open => {
      const wanted = site.meters.filter((meter) => meter.connection === given.id);
      const config = withSettings(given, wanted);
      const settle = settleOf(wanted);
      const kept = before.find((one) => one.settle === settle && isDeepStrictEqual(one.config, config));
      const opened = kept?.opened ?? openConnection(config, this.#parts, settle);
      if (kept === undefined) fresh.push(opened);
      const meters = wanted.map((meter) => {
        const same = kept?.meters.get(meter.id);
        if (same !== undefined && isDeepStrictEqual(same.config, meter)) return [meter.id, same] as const;
        return [meter.id, { config: meter, source: opened.sourceOf(meter) }] as const;
      });
      return { config, settle, opened, meters: new Map(meters) };
    };
    try {
      this.#open = gateway.connections.map(open);
    } catch (error) {
      for (const opened of fresh) void opened.close();
      throw error;
    }
    const kept = new Set(this.#open.map(({ opened }) => opened));
    const gone = before.filter(({ opened }) => !kept.has(opened));
    return async () => {
      await Promise.all(gone.map(({ opened }) => opened.close()));
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map(({ opened }) => opened.close()));
  }
}
