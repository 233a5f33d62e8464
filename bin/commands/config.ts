// Owns `tanbiao config`: says every mistake of a site's files before anything starts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checkSite, findSiteFolder, type Site } from '../../core/config/site.ts';
import { Mistakes, type Problem, readYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import { Fault } from '../../core/fault.ts';
import { ledgerFileSchema } from '../../core/ledger.ts';
import { checkLedger } from '../../core/ledger-check.ts';
import { type Language, languageOf } from '../../core/text.ts';

export function addConfig(program: Command): void {
  const config = program.command('config').description("Works on a site's configuration.");
  config
    .command('check')
    .description(
      'Checks site.yaml, ledger.yaml, measures.yaml, tariffs.yaml, own factors, device templates and standards; exit code 78 when something is wrong.',
    )
    .argument('<site>', 'a folder with site.yaml, or a name under deploy/sites')
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .option('--json', 'print the mistakes as JSON')
    .action(async (name: string, options: { lang?: Language; json?: boolean }) => {
      const problems = await problemsOf(findSiteFolder(name));
      if (options.json) {
        console.log(JSON.stringify({ ok: problems.length === 0, problems }));
        if (problems.length > 0) process.exitCode = 78;
        return;
      }
      if (problems.length > 0) refuseProblems(problems);
      const chinese = (options.lang ?? languageOf(process.env)) === 'zh';
      console.log(chinese ? '配置正确' : 'the configuration is sound');
    });
}

async function problemsOf(folder: string): Promise<Problem[]> {
  const { site, problems, problemAt } = checkSite(folder);
  const references =
    site === undefined
      ? []
      : (await referencesOf(site)).flatMap(({ path, load }) => {
          try {
            load();
            return [];
          } catch (error) {
            if (error instanceof Mistakes) return error.problems;
            if (!(error instanceof Fault)) throw error;
            return [problemAt(path, error.text)];
          }
        });
  const unfit = site === undefined ? [] : (await import('../../gateway/fit.ts')).misfits(site);
  const alarms =
    site === undefined
      ? []
      : (await import('../../dashboards/alarms/rules.ts')).checkAlarms(site, join(folder, 'alarms.yaml')).problems;
  return [
    ...problems,
    ...references,
    ...unfit.map(({ path, text }) => problemAt(path, text)),
    ...ledgerProblems(join(folder, 'ledger.yaml'), site),
    ...alarms,
  ];
}

function ledgerProblems(file: string, site: Site | undefined): Problem[] {
  if (!existsSync(file)) return [];
  const { value, problems, problemAt } = readYaml(file, ledgerFileSchema);
  const entries = value?.entries ?? [];
  const findings = checkLedger(entries).map(({ id, text }) =>
    problemAt(['entries', entries.findIndex((entry) => entry.id === id), 'id'], text),
  );
  const meters = site?.meters.map(({ id }) => id);
  const strays = entries.flatMap((entry, index) =>
    entry.kind !== 'booking' || entry.meter === undefined || meters === undefined || meters.includes(entry.meter)
      ? []
      : [
          problemAt(['entries', index, 'meter'], {
            zh: `没有表计 “${entry.meter}”；已有：${meters.join(', ')}`,
            en: `there is no meter "${entry.meter}"; there are: ${meters.join(', ')}`,
          }),
        ],
  );
  return [...problems, ...findings, ...strays];
}

/** What a site names in other rooms' data: devices and standards. */
async function referencesOf(site: Site): Promise<{ path: PropertyKey[]; load: () => unknown }[]> {
  const { meters, packs, folder } = site;
  const [{ loadTemplate }, { loadPack }, { checkVirtualMeters }, { loadMeasures }, { loadFactors }, { loadTariffs }] =
    await Promise.all([
      import('../../gateway/template.ts'),
      import('../../scoring/pack.ts'),
      import('../../scoring/account/virtual.ts'),
      import('../../scoring/measures.ts'),
      import('../../scoring/factors.ts'),
      import('../../scoring/tariff/plan.ts'),
    ]);
  return [
    { path: ['virtual'], load: () => checkVirtualMeters(site) },
    { path: ['site'], load: () => loadMeasures(folder) },
    { path: ['site'], load: () => loadTariffs(site) },
    { path: ['factors'], load: () => loadFactors(folder) },
    ...meters.flatMap(({ template }, index) =>
      template === undefined ? [] : [{ path: ['meters', index, 'template'], load: () => loadTemplate(template) }],
    ),
    ...packs.map((id, index) => ({ path: ['packs', index], load: () => loadPack(id, folder) })),
  ];
}
