// Owns the routes of factors and configuration: what there is, what each year was computed with, and what the site says.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { coverYaml } from '../../../core/config/yaml-file.ts';
import type { Revision } from '../../../core/ledger.ts';
import { sealedYears } from '../../../core/ledger-check.ts';
import type { Trace } from '../../../core/trace.ts';
import { type FactorRow, loadFactors } from '../../../scoring/factors.ts';
import { overlayFile, standardsOf } from '../../../scoring/pack.ts';
import type { Score } from '../../../scoring/score.ts';
import { configuration, factorList, usedFactors } from '../answers/factors.ts';
import type { ConfigurationAnswer, FactorList, FactorRowAnswer, UsedFactor } from '../answers/records.ts';
import { isManager } from '../entering.ts';
import type { ApiParts } from '../parts.ts';
import { year } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

export const factorRoutes = (parts: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/factors',
    about: { zh: '排放因子', en: 'The factors there are to choose from' },
    may: readers,
    answer: factorList,
    run({ actor }): FactorList {
      const { site, ledger } = parts;
      const current = ledger.current();
      return {
        may: isManager(actor),
        sealed: sealedYears(current.map(({ entry }) => entry)),
        rows: [...current.flatMap((one) => enteredRow(one) ?? []), ...loadFactors(site.folder).map(rowOf)],
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/factors/used/:year',
    about: { zh: '某年所用的因子', en: 'The factors that a year was computed with' },
    may: readers,
    params: z.object({ year }),
    answer: usedFactors,
    async run({ params }): Promise<UsedFactor[]> {
      const scores: Score[] = [];
      for (const { id } of parts.scorer.packs) scores.push(await parts.scorer.score(id, params.year));
      return usedIn(scores);
    },
  }),
  route({
    method: 'get',
    path: '/api/configuration',
    about: { zh: '工厂配置，不含密钥', en: 'The configuration of the plant, without its secrets' },
    may: readers,
    answer: configuration,
    run: () => configurationOf(parts),
  }),
  route({
    method: 'get',
    path: '/api/configuration/site.yaml',
    about: { zh: '下载 site.yaml，密钥已遮盖', en: 'site.yaml, with its secrets covered' },
    may: readers,
    answer: 'application/yaml',
    run: () => ({
      type: 'application/yaml',
      name: 'site.yaml',
      content: withoutSecrets(readFileSync(join(parts.site.folder, 'site.yaml'), 'utf8')),
    }),
  }),
];

/** What gives whoever reads it a right: a webhook's address does, too. */
const secretKeys = ['password', 'token', 'webhook'];

/** Names of environment variables stay: they tell where a secret is, and not what. A comment may hold an old one. */
export function withoutSecrets(yaml: string): string {
  const isSecret = (key: string, value: unknown) =>
    secretKeys.includes(key.toLowerCase()) && !/^\$\{\w+\}$/.test(String(value));
  return (coverYaml(yaml, isSecret, '"***"') ?? '').replaceAll(
    /(#.*?(?:password|token|webhook)["']?\s*:\s*)\S.*/gi,
    '$1"***"',
  );
}

function rowOf(row: FactorRow): FactorRowAnswer {
  const { file, region, carrier, dataYear, from, to, value, unit, ncv, carbon, oxidation } = row;
  const fuel = ncv !== undefined && carbon !== undefined && oxidation !== undefined;
  return {
    file: file.id,
    kind: file.kind,
    name: file.name,
    region,
    carrier: carrier ?? null,
    dataYear: dataYear ?? null,
    from: from ?? null,
    to: to ?? null,
    value: value ?? null,
    unit: unit ?? file.unit ?? '',
    parts: fuel ? { ncv: `${ncv.value} ${ncv.unit}`, carbon: `${carbon.value} ${carbon.unit}`, oxidation } : null,
    publisher: file.publisher,
    notice: row.notice ?? file.notice ?? '',
    published: row.published ?? file.published ?? null,
    source: file.source,
    confidence: row.confidence ?? file.confidence,
    owner: row.own ? 'site' : 'product',
    entry: null,
  };
}

function enteredRow({ entry, number, author, at }: Revision): FactorRowAnswer | undefined {
  if (entry.kind !== 'factor') return undefined;
  const { id, factor: kind, family, publisher, source, notice = '', supersedes = null, ...row } = entry;
  const { ncv, carbon, oxidation } = row;
  const fuel = ncv !== undefined && carbon !== undefined && oxidation !== undefined;
  return {
    file: family ?? id,
    kind,
    name: { zh: id, en: id },
    region: row.region,
    carrier: row.carrier ?? null,
    dataYear: row.dataYear ?? null,
    from: row.from,
    to: row.to ?? null,
    value: row.value ?? null,
    unit: row.unit ?? '',
    parts: fuel ? { ncv: `${ncv.value} ${ncv.unit}`, carbon: `${carbon.value} ${carbon.unit}`, oxidation } : null,
    publisher,
    notice,
    published: null,
    source,
    confidence: 'USER',
    owner: 'ledger',
    entry: { id, number, author, at, supersedes },
  };
}

/** Out of the traces themselves: what they do not name was not used. */
function usedIn(scores: readonly Score[]): UsedFactor[] {
  const found = new Map<string, UsedFactor>();
  const visit = (trace: Trace, pack: string) => {
    const { factor, value, unit } = trace;
    if (factor !== undefined) {
      const { factor: id, region, dataYear, notice, publisher, confidence, fit } = factor;
      const key = `${id} ${region} ${dataYear} ${value}`;
      const one = found.get(key) ?? {
        ...{ factor: id, region, dataYear, value, unit, notice, publisher, confidence, fit },
        packs: [],
      };
      found.set(key, { ...one, packs: [...new Set([...one.packs, pack])] });
    }
    for (const part of trace.parts) visit(part, pack);
  };
  for (const { pack, indicators, reported, account } of scores)
    for (const trace of [...indicators.map((one) => one.trace), ...reported, ...Object.values(account)])
      visit(trace, pack);
  return [...found.values()].sort((a, b) => (a.factor < b.factor ? -1 : 1));
}

async function configurationOf({ site, store }: ApiParts): Promise<ConfigurationAnswer> {
  const facts = await store.facts();
  const beside = (file: string) =>
    file.startsWith(site.folder) ? file.slice(site.folder.length + 1) : `scoring/packs/${basename(file)}`;
  return {
    file: 'site.yaml',
    site: site.site,
    name: site.name,
    timezone: site.timezone,
    store: site.store.kind === 'influxdb' ? `influxdb · ${site.store.url}` : site.store.kind,
    broker: site.broker.kind === 'external' ? site.broker.url : site.broker.kind,
    coverageLimit: site.coverageLimit,
    graceDays: site.snapshots.graceDays,
    factors: site.factors,
    gateways: site.gateways.map(({ id, connections }) => ({
      id,
      connections: connections.map(({ id: connection, protocol, endpoint }) => ({
        id: connection,
        protocol,
        endpoint,
        meters: site.meters.filter((meter) => meter.connection === connection).length,
      })),
    })),
    meters: site.meters.map((meter) => ({
      id: meter.id,
      name: meter.name,
      role: meter.role,
      carrier: meter.carrier,
      parent: meter.parent ?? null,
      connection: meter.connection,
      template: meter.template ?? null,
      address: meter.address ?? (meter.unit === undefined ? null : String(meter.unit)),
      ratios: meter.ratios ?? null,
      accuracyClass: meter.accuracyClass ?? null,
      // Every counter of a device tells the same of it.
      installations: facts.find((one) => one.meter === meter.id && one.installations.length > 0)?.installations ?? [],
    })),
    virtual: site.virtual.map(({ id, name, role, carrier, point, terms, formula }) => ({
      ...{ id, name, role, carrier, point, terms, formula },
    })),
    packs: standardsOf(site).map((pack) => {
      const { id } = pack;
      const overlay = overlayFile(site.folder, id);
      return {
        id,
        name: pack.name,
        status: pack.status,
        file: beside(pack.file),
        overlay: existsSync(overlay) ? beside(overlay) : null,
        supplied: pack.supplied,
      };
    }),
  };
}
