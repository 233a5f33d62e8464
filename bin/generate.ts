// Owns the files that are made from the code, and the check that they are what the code would make.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { siteSchema } from '../core/config/site-schema.ts';
import { ledgerFileSchema } from '../core/ledger.ts';
import { templateSchema } from '../gateway/template.ts';
import { mappingSchema } from '../ingest/import/mapping.ts';
import { packSchema } from '../scoring/pack.ts';
import { projectFolder } from './context.ts';
import { deviceTable } from './device-table.ts';

const schemas = {
  site: siteSchema,
  ledger: ledgerFileSchema,
  mapping: mappingSchema,
  device: templateSchema,
  pack: packSchema,
} as const;

/** Editors complete and check YAML with these. */
const schemaFiles = (): [string, string][] =>
  Object.entries(schemas).map(([name, schema]) => [
    `deploy/schema/${name}.schema.json`,
    `${JSON.stringify(z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
  ]);

const generatedFiles = (): Record<string, string> => ({
  ...Object.fromEntries(schemaFiles()),
  'docs/devices.md': deviceTable(),
});

/** Gives the names of the files that are not what the code would make. */
export function staleFiles(): string[] {
  return Object.entries(generatedFiles())
    .filter(
      ([name, content]) =>
        !existsSync(join(projectFolder, name)) || readFileSync(join(projectFolder, name), 'utf8') !== content,
    )
    .map(([name]) => name);
}

export function writeGenerated(): string[] {
  const stale = staleFiles();
  const all = generatedFiles();
  for (const name of stale) {
    mkdirSync(dirname(join(projectFolder, name)), { recursive: true });
    writeFileSync(join(projectFolder, name), all[name] ?? '');
  }
  return stale;
}
