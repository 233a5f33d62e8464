// Owns a site in a folder that goes away, for tests: a plant of the house with another beginning.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { loadSite } from '../core/config/site.ts';
import { createLog } from '../core/log.ts';
import { type Context, sitesFolder } from './context.ts';

export type TemporarySite = { siteFolder: string; context: Context };

export function temporarySite(
  test: TestContext,
  name: string,
  change: { start?: string; language?: 'zh' | 'en' } = {},
): TemporarySite {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-site-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const siteFolder = join(folder, name);
  cpSync(join(sitesFolder, name), siteFolder, { recursive: true });
  if (change.start !== undefined) {
    const plant = join(siteFolder, 'plant.yaml');
    writeFileSync(plant, readFileSync(plant, 'utf8').replace(/^start: .*$/m, `start: ${change.start}`));
  }
  return {
    siteFolder,
    context: {
      site: loadSite(siteFolder),
      dataFolder: join(folder, 'data'),
      language: change.language ?? 'en',
      log: createLog('test', 'error'),
    },
  };
}

/** The date at the plant some days ago. */
export const daysAgo = (days: number): string =>
  new Date(Date.now() + 8 * 3_600_000 - days * 86_400_000).toISOString().slice(0, 10);
