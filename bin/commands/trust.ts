// Owns `tanbiao devices trust`: which OPC UA servers this installation trusts, and trusting one more.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../../core/fault.ts';
import { type Language, languageOf } from '../../core/text.ts';
import { type KnownCertificate, listCertificates, trustCertificate } from '../../gateway/opcua/trust.ts';
import { contextOf } from '../context.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type TrustOptions = { site?: string; data?: string; lang?: Language; json?: boolean };

export function addTrust(devices: Command, terminal: () => Terminal): void {
  devices
    .command('trust')
    .description('Lists the OPC UA servers that were met; with a fingerprint, trusts that one from now on.')
    .argument('[fingerprint]', 'SHA-256 of the certificate, as the refusal and the server show it')
    .option('-s, --site <site>', 'the site: a folder with site.yaml, or a name under deploy/sites')
    .option('-d, --data <folder>', "the site's data folder, in place of the site")
    .option('--lang <language>', "zh or en (default: the terminal's language)")
    .option('--json', 'print JSON')
    .action((fingerprint: string | undefined, options: TrustOptions) => {
      const language = options.lang ?? languageOf(process.env);
      const pki = join(dataFolderOf(options), 'pki');
      const known = fingerprint === undefined ? listCertificates(pki) : [trustCertificate(pki, fingerprint)];
      const out = terminal();
      out.print(options.json ? JSON.stringify(known) : printCertificates(known, language, out));
    });
}

function dataFolderOf({ site, data }: TrustOptions): string {
  if (site !== undefined) return contextOf({ site, ...(data && { data }), log: 'warn' }).dataFolder;
  if (data !== undefined) return resolve(data);
  throw new Fault('option_missing', {
    zh: '请用 --site 指明站点，或用 --data 指明其数据目录',
    en: 'say which site with --site, or its data folder with --data',
  });
}

const states: Record<KnownCertificate['state'], Record<Language, string>> = {
  own: { zh: '本机', en: 'ours' },
  trusted: { zh: '已信任', en: 'trusted' },
  refused: { zh: '未信任', en: 'refused' },
};

function printCertificates(known: readonly KnownCertificate[], language: Language, terminal: Terminal): string {
  const word = (zh: string, en: string) => (language === 'zh' ? zh : en);
  if (known.length === 0)
    return word('还没有遇到过加密的 OPC UA 服务器', 'no OPC UA server with a certificate was met yet');
  const columns = [
    { title: word('状态', 'state') },
    { title: word('有效期至', 'valid to') },
    { title: word('主体', 'subject'), wrap: true },
  ];
  // A fingerprint is compared and copied: it stands on a line of its own, whole.
  return known
    .map(({ fingerprint, subject, validTo, state }) => {
      const mark = terminal.paint(state === 'refused' ? 'yellow' : 'green', states[state][language]);
      const row = [mark, validTo.toISOString().slice(0, 10), subject];
      return `${table(columns, [row], terminal.columns).split('\n').slice(1).join('\n')}\n      ${fingerprint}`;
    })
    .join('\n');
}
