// Owns what is done about snapshots and reports with a site's own store and ledger, by whichever process holds them.
import { join } from 'node:path';
import { z } from 'zod';
import { Calendar } from '../core/calendar.ts';
import { sha256 } from '../core/canonical.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Store } from '../core/store.ts';
import { type Bridge, bridge, sideNow, sideOf } from '../snapshot/compare.ts';
import { gatherMaterial } from '../snapshot/gather.ts';
import { draftYear, sealYear, type Workshop } from '../snapshot/make.ts';
import { openSound } from '../snapshot/open.ts';
import { askedSchema, makeReport, nameOf } from '../snapshot/report/desk.ts';
import { planned, putReport, type Run, runReport } from '../snapshot/report/keeper.ts';
import { readSnapshot } from '../snapshot/shelf.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';
import type { Context } from './context.ts';
import { askRunning } from './control.ts';
import { openFiles } from './open-files.ts';
import { software } from './software.ts';

const making = z.strictObject({
  year: z.int().min(2000).max(2100).optional(),
  draft: z.boolean().default(false),
  cause: z.string().min(1).optional(),
  by: z.string().min(1).optional(),
});
const reporting = askedSchema.extend({ folder: z.string() });
const running = z.strictObject({ number: z.int() });
const comparing = z.strictObject({ file: z.string() });

export type MadeFile = { file: string; hash: string };

const actions = {
  async snapshot_make(shop: Workshop, argument: string): Promise<MadeFile> {
    const { year: asked, draft, cause, by } = making.parse(JSON.parse(argument));
    const today = new Calendar(shop.site.timezone).local(shop.clock.now());
    const year = asked ?? (draft ? today.year : today.year - 1);
    const why = cause === undefined ? undefined : { cause, by: by ?? shop.site.site };
    const { file, hash } = draft
      ? await draftYear(shop, year, year < today.year ? 12 : today.month)
      : await sealYear(shop, year, why);
    return { file, hash };
  },
  /** What the data of now would change of a sealed year. */
  async snapshot_now({ site, store, ledger, dataFolder }: Workshop, argument: string): Promise<Bridge[]> {
    const sealed = openSound(readSnapshot(comparing.parse(JSON.parse(argument)).file));
    const { inputs, packs } = await gatherMaterial(site, sealed.snapshot.period.year, store, ledger, dataFolder);
    return bridge([sideOf(sealed), sideNow({ inputs, packs })]);
  },
  async report(shop: Workshop, argument: string): Promise<{ file: string; sha256: string }> {
    const { folder, ...asked } = reporting.parse(JSON.parse(argument));
    const bytes = await makeReport(shop, asked);
    return { file: putReport(folder, nameOf(shop.site.site, asked), bytes), sha256: sha256(bytes) };
  },
  report_run(shop: Workshop, argument: string): Promise<Run> {
    const schedule = planned(shop.site, running.parse(JSON.parse(argument)).number);
    return runReport(shop, schedule, shop.clock.now(), new AbortController().signal);
  },
};

type Actions = typeof actions;
type Name = keyof Actions;

/** For a process that others ask. The ledger is opened for each question: a process that only ingests has none of its own. */
export const snapshotActions = (site: Site, dataFolder: string, store: Store, clock: Clock = systemClock) =>
  Object.fromEntries(
    Object.entries(actions).map(([name, act]) => [
      name,
      async (argument: string): Promise<unknown> => {
        const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
        try {
          return await act({ site, dataFolder, store, ledger, clock, software }, argument);
        } finally {
          ledger.close();
        }
      },
    ]),
  );

/** By the process that runs, where one does; else here. */
export async function perform<N extends Name>(
  { site, dataFolder }: Context,
  name: N,
  question: object,
): Promise<Awaited<ReturnType<Actions[N]>>> {
  type Result = Awaited<ReturnType<Actions[N]>>;
  const argument = JSON.stringify(question);
  const asked = await askRunning(dataFolder, name, argument);
  if (asked !== undefined) return asked.result as Result;
  const { store, ledger, close } = await openFiles(site, dataFolder);
  try {
    return (await actions[name]({ site, dataFolder, store, ledger, clock: systemClock, software }, argument)) as Result;
  } finally {
    await close();
  }
}
