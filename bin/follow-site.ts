// Owns taking over a changed site.yaml while its meters are read: checked whole, applied by its differences, or refused whole.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { followFile } from '../core/config/follow-file.ts';
import { checkSite, type Site } from '../core/config/site.ts';
import { Fault } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { RunningGateway } from '../gateway/main.ts';

export type FollowOptions = {
  site: Site;
  gateways: ReadonlyMap<string, RunningGateway>;
  /** Puts real addresses in place of the virtual plant's. */
  place: (site: Site) => Site;
  log: Log;
};

/** Gives the way to stop following. */
export function followSite({ site, gateways, place, log }: FollowOptions): () => Promise<void> {
  let current = site;
  let applying = Promise.resolve();
  const reload = async () => {
    const next = read(site.folder, log);
    if (next === undefined || isDeepStrictEqual(next, current)) return;
    if (!(await apply(next, current, { gateways, place, log }))) return;
    const later = restartNeeded(current, next);
    log.warn({ event: 'configuration_applied', meters: next.meters.length, later }, applied(later));
    current = next;
  };
  const stop = followFile(join(site.folder, 'site.yaml'), log, () => {
    applying = applying.then(reload).catch((error) => {
      log.error({ event: 'configuration_failed', err: error }, 'the new configuration could not be applied');
    });
  });
  return async () => {
    stop();
    await applying;
  };
}

const applied = (later: readonly string[]): string =>
  later.length === 0
    ? 'the new configuration is in force'
    : `the new connections and meters are in force; ${later.join(', ')}: from the next start on`;

function read(folder: string, log: Log): Site | undefined {
  try {
    const { site, problems } = checkSite(folder);
    for (const { file, line, column, text } of problems)
      log.error({ event: 'configuration_refused', at: `${file}:${line}:${column}`, zh: text.zh }, text.en);
    return site;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.error({ event: 'configuration_refused', code: error.code, reason: error.message }, 'configuration refused');
    return undefined;
  }
}

/** All gateways or none. */
async function apply(
  next: Site,
  current: Site,
  { gateways, place, log }: Omit<FollowOptions, 'site'>,
): Promise<boolean> {
  const done: string[] = [];
  try {
    for (const [id, running] of gateways) {
      await applyTo(id, running, place(next));
      done.push(id);
    }
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.error(
      { event: 'configuration_refused', code: error.code, reason: error.message },
      'configuration refused: the one before stays in force',
    );
    for (const id of done) await applyTo(id, gateways.get(id), place(current));
    return false;
  }
}

async function applyTo(id: string, running: RunningGateway | undefined, site: Site): Promise<void> {
  const gateway = site.gateways.find((one) => one.id === id);
  if (gateway !== undefined) await running?.apply(site, gateway);
}

/** What is only read at the start. */
function restartNeeded(before: Site, after: Site): string[] {
  const meters = (site: Site) =>
    site.meters.map(({ id, name, role, carrier, parent }) => ({ id, name, role, carrier, parent }));
  const ids = (site: Site) => site.gateways.map(({ id, spool }) => ({ id, spool }));
  const rest = ({ gateways: _, meters: __, ...others }: Site) => others;
  return [
    ...Object.keys(rest(after)).filter(
      (key) => !isDeepStrictEqual(before[key as keyof Site], after[key as keyof Site]),
    ),
    ...(isDeepStrictEqual(ids(before), ids(after)) ? [] : ['gateways']),
    ...(isDeepStrictEqual(meters(before), meters(after)) ? [] : ['names and roles of meters']),
  ];
}
