// Owns real databases for tests: influxd and VictoriaMetrics on loopback, in a folder that goes away.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../core/free-port.ts';
import { findProgram, type RunningProgram, startServer } from '../../core/real-programs.ts';
import type { InfluxOptions } from './influx-store.ts';

export type Influxd = {
  url: string;
  pid(): number | undefined;
  query(statement: string): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
};

export async function startInfluxd({ data = '', http: more = '' } = {}): Promise<Influxd> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-influxd-'));
  const [http, rpc] = [await freePort(), await freePort()];
  const place = (name: string) => JSON.stringify(join(folder, name));
  const file = join(folder, 'influxd.conf');
  writeFileSync(
    file,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
dir = ${place('meta')}
[data]
dir = ${place('data')}
wal-dir = ${place('wal')}
query-log-enabled = false
${data}
[http]
${more}
bind-address = "127.0.0.1:${http}"
log-enabled = false
[monitor]
store-enabled = false
`,
  );
  const url = `http://127.0.0.1:${http}`;
  const startIt = () => startServer(findProgram('influxd').path, ['-config', file], http);
  let running: RunningProgram | undefined = await startIt();
  return {
    url,
    pid: () => running?.child.pid,
    query: async (q) => (await fetch(`${url}/query`, { method: 'POST', body: new URLSearchParams({ q }) })).text(),
    kill: async () => running?.end('SIGKILL'),
    start: async () => {
      running = await startIt();
    },
    end: async () => {
      await running?.end('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

export const optionsFor = (url: string, database: string): InfluxOptions => ({
  url,
  write: 'v1',
  database,
  bucket: '',
  org: '',
  site: 'mill',
});

export async function startVictoria(): Promise<{ url: string; folder: string; end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-victoria-'));
  const port = await freePort();
  const running = await startServer(
    findProgram('victoria-metrics').path,
    [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y', '-loggerLevel=ERROR'],
    port,
  );
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    end: async () => {
      await running.end('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}
