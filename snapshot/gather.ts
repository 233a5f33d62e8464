// Owns gathering what a snapshot is made from: the year's inputs, and the files of standards, factors and evidence as they stand.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { canonicalJson } from '../core/canonical.ts';
import type { Site } from '../core/config/site.ts';
import { findEvidence } from '../core/evidence.ts';
import type { Ledger, Revision } from '../core/ledger.ts';
import type { LossRecord, Store } from '../core/store.ts';
import { factorFolders } from '../scoring/factors.ts';
import { gatherInputs, type Inputs } from '../scoring/inputs.ts';
import { type LoadedPack, loadPack, overlayFile } from '../scoring/pack.ts';
import { walkSeries } from '../scoring/packed-slots.ts';
import type { EvidenceRecord } from './form.ts';
import { writeSlots } from './slots-csv.ts';
import type { Entry } from './zip.ts';

export type Material = {
  inputs: Inputs;
  packs: LoadedPack[];
  losses: LossRecord[];
  ledger: { revisions: number; head: string | null };
  evidence: EvidenceRecord[];
  files: Entry[];
};

export async function gatherMaterial(
  site: Site,
  year: number,
  store: Pick<Store, 'slots' | 'facts' | 'losses'>,
  ledger: Pick<Ledger, 'current' | 'history'>,
  dataFolder: string,
): Promise<Material> {
  const inputs = await gatherInputs(site, year, store, ledger);
  const packs = site.packs.map((id) => loadPack(id, site.folder));
  const { start, end } = inputs.period;
  const history = ledger.history();
  const { evidence, files } = evidenceOf(inputs, site.folder, dataFolder);
  return {
    inputs,
    packs,
    losses: (await store.losses()).filter(({ from, to }) => from < end && to >= start),
    ledger: { revisions: history.length, head: history.at(-1)?.hash ?? null },
    evidence,
    files: [
      ...[...inputs.slots.keys()].map((name) =>
        entry(
          `slots/${name}.csv`,
          writeSlots((look) => walkSeries(inputs.slots, name, look), inputs.period),
        ),
      ),
      entry(
        'ledger.jsonl',
        extractOf(inputs)
          .map((revision) => `${canonicalJson(revision)}\n`)
          .join(''),
      ),
      ...packs.flatMap(({ id, file }) => [
        fileEntry(`packs/${id}.yaml`, file),
        ...[overlayFile(site.folder, id)].filter(existsSync).map((one) => fileEntry(`overlays/${id}.yaml`, one)),
      ]),
      ...Object.entries(factorFolders(site.folder)).flatMap(([owner, folder]) =>
        yamlFiles(folder).map((name) => fileEntry(`factors/${owner}/${name}`, join(folder, name))),
      ),
      ...files,
    ],
  };
}

const entry = (name: string, content: string): Entry => ({ name, bytes: Buffer.from(content) });
const fileEntry = (name: string, file: string): Entry => ({ name, bytes: readFileSync(file) });
const yamlFiles = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.yaml'))
        .sort()
    : [];

/** Without the seals: what was sealed before decides nothing. */
export const extractOf = ({ ledger }: Inputs): Revision[] => ledger.filter(({ entry: { kind } }) => kind !== 'seal');

/** Documents of the ledger whose file was uploaded or is in the site's folder, and still has the content that was entered. */
function evidenceOf(
  { ledger }: Inputs,
  folder: string,
  dataFolder: string,
): { evidence: EvidenceRecord[]; files: Entry[] } {
  const files: Entry[] = [];
  const evidence = ledger.flatMap(({ entry: one }): EvidenceRecord[] => {
    if (one.kind !== 'document') return [];
    const { id, title, sha256: declared, file, name: called = file ?? '' } = one;
    const found = findEvidence(one, folder, dataFolder);
    if (found === undefined) return [{ document: id, title, sha256: declared, file: null }];
    const type = /^\.[A-Za-z0-9]{1,8}$/.exec(extname(basename(called)))?.[0] ?? '';
    const name = `evidence/${id}${type}`;
    files.push({ name, bytes: found.content });
    return [{ document: id, title, sha256: declared, file: name }];
  });
  return { evidence, files };
}
