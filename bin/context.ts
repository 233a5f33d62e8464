// Owns what every command needs from its options: the site, its data folder, the language, the log.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { findSiteFolder, loadSite, type Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { createLog, type Log } from '../core/log.ts';
import { type Language, languageOf } from '../core/text.ts';

export const projectFolder = fileURLToPath(new URL('..', import.meta.url));

export type SiteOptions = { site: string; data?: string; lang?: Language; log: string };

export type Context = { site: Site; dataFolder: string; language: Language; log: Log };

export const siteOptions = (command: Command, defaultSite?: string): Command =>
  (defaultSite === undefined
    ? command.requiredOption('-s, --site <site>', 'the site: a folder with site.yaml, or a name under deploy/sites')
    : command.option(
        '-s, --site <site>',
        'the site: a folder with site.yaml, or a name under deploy/sites',
        defaultSite,
      )
  )
    .option(
      '-d, --data <folder>',
      'where readings, ledger and spool are kept (default: data/<site> beside the program)',
    )
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .option('--log <level>', 'debug, info, warn or error', 'warn');

export function contextOf({ site: name, data, lang, log }: SiteOptions): Context {
  const site = loadSite(findSiteFolder(name));
  return {
    site,
    dataFolder: resolve(data ?? process.env.TANBIAO_DATA ?? join(projectFolder, 'data', site.site)),
    language: lang ?? languageOf(process.env),
    log: createLog('tanbiao', log),
  };
}

export const isSimulated = (site: Site): boolean =>
  site.gateways.some(({ connections }) => connections.some(({ endpoint }) => endpoint === 'sim'));

export function refuseSimulated(site: Site): void {
  if (!isSimulated(site)) return;
  throw new Fault(
    'site_simulated',
    {
      zh: '该站点指向虚拟工厂（endpoint: sim）；请用 tanbiao demo 启动，或填写设备的真实地址',
      en: 'this site points to a virtual plant (endpoint: sim): start it with "tanbiao demo", or give its devices real addresses',
    },
    { exitCode: exitCodes.configuration },
  );
}
