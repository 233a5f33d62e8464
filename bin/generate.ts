// Owns the files that are made from the code, and the check that they are what the code would make.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { siteSchema } from '../core/config/site-schema.ts';
import { ledgerFileSchema } from '../core/ledger.ts';
import { alarmsSchema } from '../dashboards/alarms/rule-schema.ts';
import { templateSchema } from '../gateway/template.ts';
import { mappingSchema } from '../ingest/import/mapping.ts';
import { factorFileSchema } from '../scoring/factors.ts';
import { measuresSchema } from '../scoring/measures.ts';
import { overlaySchema, packSchema } from '../scoring/pack-schema.ts';
import { commissioningPages } from './commissioning-doc.ts';
import { projectFolder } from './context.ts';
import { deviceTable } from './device-table.ts';

const schemas = {
  site: siteSchema,
  ledger: ledgerFileSchema,
  mapping: mappingSchema,
  device: templateSchema,
  pack: packSchema,
  overlay: overlaySchema,
  factors: factorFileSchema,
  measures: measuresSchema,
  alarms: alarmsSchema,
} as const;

/** Editors complete and check YAML with these. */
const schemaFiles = (): [string, string][] =>
  Object.entries(schemas).map(([name, schema]) => [
    `deploy/schema/${name}.schema.json`,
    `${JSON.stringify(z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
  ]);

const generatedFiles = async (): Promise<Record<string, string>> => ({
  ...Object.fromEntries(schemaFiles()),
  'docs/devices.md': deviceTable(),
  ...(await commissioningPages()),
});

/** The files that are not what the code would make, with what it would make. */
async function stale(): Promise<[name: string, content: string][]> {
  return Object.entries(await generatedFiles()).filter(
    ([name, content]) =>
      !existsSync(join(projectFolder, name)) || readFileSync(join(projectFolder, name), 'utf8') !== content,
  );
}

export const staleFiles = async (): Promise<string[]> => (await stale()).map(([name]) => name);

export async function writeGenerated(): Promise<string[]> {
  const files = await stale();
  for (const [name, content] of files) {
    mkdirSync(dirname(join(projectFolder, name)), { recursive: true });
    writeFileSync(join(projectFolder, name), content);
  }
  return files.map(([name]) => name);
}
