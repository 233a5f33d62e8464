// Owns loading a standard: its file, the plant's overlay, and the checks that both pass before anything is computed.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Site } from '../core/config/site.ts';
import { type Problem, readYaml, refuseProblems, type YamlFile } from '../core/config/yaml-file.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Text } from '../core/text.ts';
import { applyOverlay } from './overlay.ts';
import { checkPack } from './pack-check.ts';
import { type Overlay, overlaySchema, type Pack, packSchema } from './pack-schema.ts';

/** What a plant said where the source is silent. It is printed with everything that it touches. */
export type Supplied = { about: string; what: Text; reason: string };
export type LoadedPack = Pack & { supplied: Supplied[]; file: string };

const productFolder = fileURLToPath(new URL('packs', import.meta.url));

/** The product's standards, and those that a plant keeps in its own folder. A plant cannot redefine one of the product's. */
export function packFiles(siteFolder?: string): Map<string, string> {
  const files = new Map<string, string>();
  const folders = [...(siteFolder === undefined ? [] : [join(siteFolder, 'packs')]), productFolder];
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder).sort())
      if (file.endsWith('.yaml')) files.set(basename(file, '.yaml'), join(folder, file));
  }
  return files;
}

export const overlayFile = (siteFolder: string, packId: string): string =>
  join(siteFolder, 'overlays', `${packId}.yaml`);

export function loadPack(packId: string, siteFolder?: string): LoadedPack {
  const { pack, problems } = readPack(packId, siteFolder);
  if (pack === undefined || problems.length > 0) refuseProblems(problems);
  return pack;
}

const running = new WeakMap<readonly string[], { folder: string; packs: LoadedPack[] }>();

/** The standards that a site is judged by, as they were when it was loaded: reading one takes long. */
export function standardsOf({ packs: ids, folder }: Pick<Site, 'packs' | 'folder'>): readonly LoadedPack[] {
  const known = running.get(ids);
  if (known?.folder === folder) return known.packs;
  const packs = ids.map((id) => loadPack(id, folder));
  running.set(ids, { folder, packs });
  return packs;
}

export type ReadPack = { pack: LoadedPack | undefined; problems: Problem[] };

export function readPack(packId: string, siteFolder?: string): ReadPack {
  const files = packFiles(siteFolder);
  const file = files.get(packId);
  if (file === undefined) {
    const known = [...files.keys()];
    throw new Fault(
      'pack_unknown',
      {
        zh: `没有标准包 “${packId}”；已有：${known.join('、')}`,
        en: `there is no pack "${packId}"; there are: ${known.join(', ')}`,
      },
      { exitCode: exitCodes.configuration },
    );
  }
  const read = readYaml(file, packSchema);
  const overlay = siteFolder === undefined ? undefined : overlayFile(siteFolder, packId);
  const said = overlay === undefined || !existsSync(overlay) ? undefined : readYaml(overlay, overlaySchema);
  return joinPack(packId, file, read, said);
}

export function joinPack(
  packId: string,
  file: string,
  read: YamlFile<Pack>,
  said: YamlFile<Overlay> | undefined,
): ReadPack {
  const problems = checkPack(read);
  if (read.value !== undefined && read.value.id !== packId)
    problems.push(
      read.problemAt(['id'], {
        zh: `编号应与文件名一致：${packId}`,
        en: `the id must be that of the file name: ${packId}`,
      }),
    );
  if (read.value === undefined || problems.length > 0) return { pack: undefined, problems };
  if (said === undefined) return { pack: { ...read.value, supplied: [], file }, problems };
  if (said.value === undefined) return { pack: undefined, problems: said.problems };
  const applied = applyOverlay(read.value, said.value, said.problemAt);
  return { pack: { ...applied.pack, file }, problems: [...said.problems, ...applied.problems] };
}
