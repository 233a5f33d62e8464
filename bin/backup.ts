// Owns what a backup is: the store of one moment, what belongs to it, the site's folder, and the scores that these give.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { backup as backupSqlite, DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Calendar } from '../core/calendar.ts';
import { canonicalJson } from '../core/canonical.ts';
import { systemClock } from '../core/clock.ts';
import { loadSite, type Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Store } from '../core/store.ts';
import type { Text } from '../core/text.ts';
import { accessFile, openAccessFile } from '../dashboards/access/access-file.ts';
import type { RollUp } from '../ingest/slots/roll-up.ts';
import { startScoring } from '../scoring/main.ts';
import { DuckdbStore } from '../store/duckdb/duckdb-store.ts';
import { fingerprintOf } from '../store/duckdb/month-file.ts';
import { SqliteLedger } from '../store/ledger/sqlite-ledger.ts';
import { copyAsEmbedded, moveInto } from './copy-store.ts';
import { openStore } from './open-store.ts';

const manifestSchema = z.strictObject({
  v: z.literal(1),
  site: z.string(),
  at: z.iso.datetime(),
  /** Where the readings were; in the backup they are in an embedded store. */
  from: z.enum(['duckdb', 'influxdb']).optional(),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  scores: z.array(z.strictObject({ pack: z.string(), year: z.int(), file: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export type Source = {
  site: Site;
  dataFolder: string;
  store: Store;
  /** Where the store is written to meanwhile. */
  rollUp?: Pick<RollUp, 'hold'> | undefined;
  /** Told of each series that is read from a database. */
  onSeries?: (done: number, all: number) => void;
};

/**
 * Beside the store. A gateway's spool and the numbers of foreign devices are not among them: restored, they would give a number
 * twice. Nor are the broker's credentials, which are made again.
 */
const databases = ['ledger.sqlite', 'late.sqlite', 'refused.sqlite', 'alarms.sqlite', 'access.sqlite'];

/** Evidence, sealed years with the key that signs them, reports with their history, which devices are trusted, and rules of alarms that stand in the site's place. */
const copied = ['evidence', 'snapshots', 'keys', 'reports', 'pki', 'alarms.yaml'];

/** What is only there to look the rest up. */
const ofTheBackup = ['site', 'scores', 'manifest.json'];

/** A folder under another name until it is whole. */
export async function writeBackup(
  { site, dataFolder, store, rollUp, onSeries }: Source,
  target: string,
): Promise<Manifest> {
  if (existsSync(target))
    throw refused({ zh: `${target} 已存在：请换一个名称`, en: `${target} exists: choose another name` });
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 }); // the site's folder may hold passwords
  try {
    const at = new Date(systemClock.now()).toISOString();
    const copyDatabases = async () => {
      for (const name of databases) await copyDatabase(join(dataFolder, name), join(partial, name));
    };
    if (store instanceof DuckdbStore) {
      const begin = async () => {
        const copy = await store.copyTo(join(partial, 'store'));
        // The notes of that moment: what they name has slots in the copy that are still to be made again.
        await copyDatabases();
        return copy;
      };
      await (await (rollUp === undefined ? begin() : rollUp.hold(begin))).done;
    } else {
      // What these receipts tell of is stored by now, or among the refused messages; so is what the ledger tells of.
      const known = await store.receipts();
      await copyDatabases();
      await copyAsEmbedded(site, store, known, join(partial, 'store'), onSeries);
    }
    endSessions(partial);
    // After the ledger: whatever that names is there, and no file of evidence, no sealed year ever changes.
    for (const name of copied) copyWhole(join(dataFolder, name), join(partial, name));
    const skipped = [resolve(dataFolder), resolve(partial), resolve(target)];
    cpSync(site.folder, join(partial, 'site'), { recursive: true, filter: (from) => !skipped.includes(resolve(from)) });
    const scores = await writeScores(partial, new Calendar(site.timezone).yearOf(systemClock.now()));
    const manifest: Manifest = {
      v: 1,
      site: site.site,
      at,
      from: site.store.kind,
      files: await fingerprints(partial),
      scores,
    };
    writeFileSync(join(partial, 'manifest.json'), `${canonicalJson(manifest)}\n`);
    renameSync(partial, target);
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backupSqlite(database, to);
  } finally {
    database.close();
  }
}

/** What is still being written has its name only when it is whole. */
function copyWhole(from: string, to: string): void {
  const isWhole = (file: string) => !file.endsWith('.part');
  if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true, filter: isWhole });
}

/** Who signed out after the backup must not be signed in by it. */
function endSessions(folder: string): void {
  if (!existsSync(accessFile(folder))) return;
  const database = openAccessFile(folder);
  database.exec('DELETE FROM session; DELETE FROM code; PRAGMA journal_mode = DELETE;');
  database.close();
}

/** Computed from the copy, so that a backup that cannot be opened is none. */
async function writeScores(folder: string, thisYear: number): Promise<Manifest['scores']> {
  mkdirSync(join(folder, 'scores'));
  const { packs } = loadSite(join(folder, 'site'));
  const wanted = packs.flatMap((pack) => [thisYear - 1, thisYear].map((year) => ({ pack, year })));
  const computed = await scoresOf(join(folder, 'site'), folder, wanted);
  return computed.map(({ pack, year, score }) => {
    const file = `scores/${pack}-${year}.json`;
    writeFileSync(join(folder, file), score);
    return { pack, year, file };
  });
}

export type Wanted = { pack: string; year: number };

/** As canonical JSON. */
export async function scoresOf<W extends Wanted>(
  siteFolder: string,
  dataFolder: string,
  wanted: readonly W[],
  open: () => Promise<Store> = () => DuckdbStore.open(join(dataFolder, 'store')),
): Promise<(W & { score: string })[]> {
  const site = loadSite(siteFolder);
  const store = await open();
  const ledger = new SqliteLedger(join(dataFolder, 'ledger.sqlite'));
  try {
    const scorer = startScoring({ site, store, ledger, clock: systemClock });
    const scores: (W & { score: string })[] = [];
    for (const one of wanted)
      scores.push({ ...one, score: canonicalJson(JSON.parse(JSON.stringify(await scorer.score(one.pack, one.year)))) });
    return scores;
  } finally {
    ledger.close();
    await store.close();
  }
}

async function fingerprints(folder: string): Promise<Manifest['files']> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const files: Manifest['files'] = [];
  for (const path of paths)
    files.push({ path: relative(folder, path).replaceAll('\\', '/'), ...(await fingerprintOf(path)) });
  return files;
}

function readManifest(folder: string): Manifest {
  const file = join(folder, 'manifest.json');
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Fault(
      'backup_unreadable',
      {
        zh: `${folder} 不是完整的备份：无法读取 manifest.json`,
        en: `${folder} is no whole backup: its manifest.json cannot be read`,
      },
      { cause, exitCode: exitCodes.data },
    );
  }
}

/** Refuses a backup of which anything is missing or altered. */
async function checkBackup(folder: string, { files }: Manifest): Promise<void> {
  const wrong: string[] = [];
  for (const { path, bytes, sha256 } of files) {
    const file = join(folder, path);
    const found = existsSync(file) ? await fingerprintOf(file) : undefined;
    if (found?.bytes !== bytes || found.sha256 !== sha256) wrong.push(path);
  }
  if (wrong.length === 0) return;
  throw new Fault(
    'backup_damaged',
    {
      zh: `备份已损坏，与清单不符：${wrong.join('、')}`,
      en: `the backup is damaged; not as in its manifest: ${wrong.join(', ')}`,
    },
    { exitCode: exitCodes.data },
  );
}

/** Whole or not at all: the data folder has its name when everything is in it. `into`: the site whose store takes the readings. */
export async function restoreBackup(folder: string, dataFolder: string, into?: Site): Promise<Manifest> {
  const manifest = readManifest(folder);
  await checkBackup(folder, manifest);
  if (existsSync(dataFolder) && readdirSync(dataFolder).length > 0)
    throw refused({
      zh: `${dataFolder} 不是空的：恢复不覆盖数据，请用 --data 指定新文件夹`,
      en: `${dataFolder} is not empty: restoring writes over nothing; name a new folder with --data`,
    });
  if (into !== undefined && into.site !== manifest.site)
    throw refused({
      zh: `备份属于 ${manifest.site}，不是 ${into.site}`,
      en: `the backup is of ${manifest.site}, not of ${into.site}`,
    });
  const partial = `${dataFolder}.restoring`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const name of readdirSync(folder))
    if (!ofTheBackup.includes(name)) cpSync(join(folder, name), join(partial, name), { recursive: true });
  if (into?.store.kind === 'influxdb') {
    const { store } = await openStore(into, partial);
    await moveInto(store, into.site, join(partial, 'store')).finally(() => store.close());
  }
  rmSync(dataFolder, { recursive: true, force: true });
  renameSync(partial, dataFolder);
  return manifest;
}

export type Compared = Wanted & { equal: boolean };

/** Computes the scores of the backup again, from what was restored. */
export async function compareScores(
  folder: string,
  dataFolder: string,
  { scores }: Manifest,
  into?: Site,
): Promise<Compared[]> {
  const open = into === undefined ? undefined : async () => (await openStore(into, dataFolder)).store;
  const computed = await scoresOf(join(folder, 'site'), dataFolder, scores, open);
  return computed.map(({ pack, year, file, score }) => ({
    pack,
    year,
    equal: score === readFileSync(join(folder, file), 'utf8'),
  }));
}

export const sizeOf = (folder: string): number =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce(
          (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
          0,
        )
    : 0;

const refused = (text: Text): Fault => new Fault('backup_refused', text, { exitCode: exitCodes.configuration });
