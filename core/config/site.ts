// Owns loading a site: its folder, its configuration with the secrets of the environment, and where its files are.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, Fault } from '../fault.ts';
import { crossCheck } from './site-check.ts';
import { type ConnectionConfig, type SiteConfig, siteSchema } from './site-schema.ts';
import { type Path, type Problem, readYaml, refuseProblems, type YamlFile } from './yaml-file.ts';

export type Site = SiteConfig & {
  /** Where site.yaml and the files beside it are. */
  folder: string;
};

/** The sites that come with the software. */
export const sitesFolder = fileURLToPath(new URL('../../deploy/sites', import.meta.url));

/** Such a folder is never written to: the next version replaces it, and an installation may be read-only. */
export const comesWithSoftware = (folder: string): boolean =>
  existsSync(folder) && dirname(realpathSync(folder)) === sitesFolder;

/** A site is named by its folder, or by its name under `deploy/sites`. */
export function findSiteFolder(nameOrFolder: string): string {
  const candidates = [resolve(nameOrFolder), join(sitesFolder, nameOrFolder)];
  const found = candidates.find((folder) => existsSync(join(folder, 'site.yaml')));
  if (found !== undefined) return found;
  const given = resolve(nameOrFolder);
  if (existsSync(given) && statSync(given).isFile() && basename(given) === 'site.yaml') return resolve(given, '..');
  throw new Fault(
    'site_not_found',
    {
      zh: `找不到站点 “${nameOrFolder}”：${candidates.join(' 和 ')} 中都没有 site.yaml`,
      en: `no site "${nameOrFolder}": there is no site.yaml in ${candidates.join(' or ')}`,
    },
    { exitCode: exitCodes.configuration },
  );
}

export function loadSite(folder: string): Site {
  const { site, problems } = checkSite(folder);
  if (site === undefined || problems.length > 0) refuseProblems(problems);
  return site;
}

export type CheckedSite = { site: Site | undefined; problems: Problem[]; problemAt: YamlFile<unknown>['problemAt'] };

export function checkSite(folder: string): CheckedSite {
  const file = readYaml(join(folder, 'site.yaml'), siteSchema);
  const problems = [...file.problems];
  const environment = file.value === undefined ? undefined : substitute(file.value, process.env, []);
  for (const missing of environment?.missing ?? []) {
    problems.push(
      file.problemAt(missing.path, {
        zh: `环境变量 ${missing.name} 未设置`,
        en: `the environment variable ${missing.name} is not set`,
      }),
    );
  }
  for (const { path, text } of crossCheck(file.raw)) problems.push(file.problemAt(path, text));
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  if (problems.length > 0) return { site: undefined, problems, problemAt: file.problemAt };
  return { site: placed(environment?.value as SiteConfig, folder), problems, problemAt: file.problemAt };
}

/** Files are named from where site.yaml is. */
function placed(site: SiteConfig, folder: string): Site {
  const files = <T extends object>(named: T): T =>
    Object.fromEntries(Object.entries(named).map(([name, file]) => [name, file && resolve(folder, file)])) as T;
  const connection = (one: ConnectionConfig): ConnectionConfig => ({
    ...one,
    opcua: { ...one.opcua, user: one.opcua.user && 'key' in one.opcua.user ? files(one.opcua.user) : one.opcua.user },
    mqtt: { ...one.mqtt, tls: one.mqtt.tls && files(one.mqtt.tls) },
  });
  const gateways = site.gateways.map((one) => ({ ...one, connections: one.connections.map(connection) }));
  const page = { ...site.page, tls: site.page.tls && files(site.page.tls) };
  const { broker } = site;
  if (broker.kind === 'embedded') return { ...site, gateways, page, folder };
  return { ...site, gateways, page, broker: { ...broker, tls: broker.tls && files(broker.tls) }, folder };
}

/** Secrets are not written into files: `${NAME}` is taken from the environment. */
function substitute(
  value: unknown,
  environment: NodeJS.ProcessEnv,
  path: Path,
): { value: unknown; missing: { path: Path; name: string }[] } {
  const missing: { path: Path; name: string }[] = [];
  const walk = (node: unknown, at: Path): unknown => {
    if (typeof node === 'string') {
      return node.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
        const found = environment[name];
        if (found === undefined) missing.push({ path: at, name });
        return found ?? whole;
      });
    }
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...at, index]));
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, [...at, key])]));
    }
    return node;
  };
  return { value: walk(value, path), missing };
}
