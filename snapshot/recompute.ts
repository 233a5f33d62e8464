// Owns computing a snapshot again from nothing but its own files.

import { canonicalHash } from '../core/canonical.ts';
import { parseYaml, refuseProblems } from '../core/config/yaml-file.ts';
import { ledgerEntrySchema, type Revision } from '../core/ledger.ts';
import { seriesName } from '../core/sample.ts';
import { accountFor } from '../scoring/emissions.ts';
import { type FactorRow, factorFileSchema, rowsIn } from '../scoring/factors.ts';
import { factorScope, type Inputs, seriesOf } from '../scoring/inputs.ts';
import { joinPack, type LoadedPack } from '../scoring/pack.ts';
import { overlaySchema, packSchema } from '../scoring/pack-schema.ts';
import { PackedSlots } from '../scoring/packed-slots.ts';
import { type Score, scoreSite } from '../scoring/score.ts';
import { type Opened, textOf } from './open.ts';
import { readSlots } from './slots-csv.ts';
import { refuseBundle } from './zip.ts';

/** What the snapshot computed with: its figures follow from this alone. */
export type Basis = { inputs: Inputs; packs: LoadedPack[] };

export function basisOf({ snapshot, files }: Opened): Basis {
  const { plant, period, series } = snapshot;
  const site = { ...plant, folder: '' };
  const span = { start: period.start, end: period.end };
  const slots = new PackedSlots();
  for (const key of seriesOf(site)) {
    const name = `slots/${seriesName(key)}.csv`;
    slots.add(seriesName(key), readSlots(textOf(files, name), span, name));
  }
  const bare = {
    site,
    year: period.year,
    period: span,
    slots,
    facts: new Map(series.flatMap(({ facts }) => (facts === null ? [] : [[seriesName(facts), facts] as const]))),
    ledger: ledgerIn(files),
  };
  const inputs = { ...bare, factors: { ...factorScope(bare), folder: undefined, rows: readFactorRows(files) } };
  return { inputs, packs: plant.packs.map((id) => readPack(id, files)) };
}

export function scoresOf({ inputs, packs }: Basis): Score[] {
  const account = accountFor(inputs);
  return packs.map((pack) => scoreSite(inputs, pack, account));
}

/** Each revision carries the hash that it had in the plant's ledger. */
export function ledgerIn(files: Opened['files']): Revision[] {
  return textOf(files, 'ledger.jsonl')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { hash, ...body } = JSON.parse(line) as Revision;
      const entry = ledgerEntrySchema.safeParse(body.entry);
      if (!entry.success || canonicalHash(body) !== hash)
        refuseBundle(
          `台账第 ${body.number} 条的校验值不符`,
          `revision ${body.number} of the ledger does not fit its hash`,
        );
      return { ...body, hash };
    });
}

function readFactorRows(files: Opened['files']): FactorRow[] {
  return (['site', 'product'] as const).flatMap((owner) =>
    [...files.keys()]
      .filter((name) => name.startsWith(`factors/${owner}/`))
      .flatMap((name) => {
        const read = parseYaml(textOf(files, name), name, factorFileSchema);
        if (read.problems.length > 0) refuseProblems(read.problems);
        return rowsIn(read, owner === 'site');
      }),
  );
}

function readPack(id: string, files: Opened['files']): LoadedPack {
  const [file, overlay] = [`packs/${id}.yaml`, `overlays/${id}.yaml`];
  const said = files.has(overlay) ? parseYaml(textOf(files, overlay), overlay, overlaySchema) : undefined;
  const { pack, problems } = joinPack(id, file, parseYaml(textOf(files, file), file, packSchema), said);
  if (pack === undefined || problems.length > 0) refuseProblems(problems);
  return pack;
}
