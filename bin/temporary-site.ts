// Owns a site in a folder that goes away, for tests: a plant of the house with another beginning.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseDocument } from 'yaml';
import { loadSite, sitesFolder } from '../core/config/site.ts';
import { createLog } from '../core/log.ts';
import type { Context } from './context.ts';

export type TemporarySite = {
  siteFolder: string;
  context: Context;
  /** What is done before the folder goes, the newest first: hooks of a test run in the order in which they were given. */
  beforeItGoes(end: () => unknown): void;
};

export function temporarySite(
  test: TestContext,
  name: string,
  change: { start?: string; withoutOpcua?: boolean } = {},
): TemporarySite {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-site-'));
  const ends: (() => unknown)[] = [];
  test.after(async () => {
    try {
      for (const end of ends.toReversed()) await end();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  const siteFolder = join(folder, name);
  cpSync(join(sitesFolder, name), siteFolder, { recursive: true });
  if (change.start !== undefined) {
    const plant = join(siteFolder, 'plant.yaml');
    writeFileSync(plant, readFileSync(plant, 'utf8').replace(/^start: .*$/m, `start: ${change.start}`));
  }
  if (change.withoutOpcua === true) {
    // An OPC UA server takes two seconds to start: a test that starts a plant ten times does without.
    const file = join(siteFolder, 'site.yaml');
    const yaml = parseDocument(readFileSync(file, 'utf8'));
    const { gateways, meters } = yaml.toJS() as {
      gateways: { connections: { protocol: string; id: string }[] }[];
      meters: { connection: string }[];
    };
    const connections = gateways[0]?.connections.filter(({ protocol }) => protocol !== 'opcua') ?? [];
    yaml.setIn(['gateways', 0, 'connections'], connections);
    yaml.set(
      'meters',
      meters.filter(({ connection }) => connections.some(({ id }) => id === connection)),
    );
    writeFileSync(file, yaml.toString());
  }
  return {
    siteFolder,
    beforeItGoes: (end) => ends.push(end),
    context: {
      site: loadSite(siteFolder),
      dataFolder: join(folder, 'data'),
      language: 'en',
      log: createLog('test', 'error'),
    },
  };
}

/** The date at the plant some days ago. */
export const daysAgo = (days: number): string =>
  new Date(Date.now() + 8 * 3_600_000 - days * 86_400_000).toISOString().slice(0, 10);
