// Owns whom we trust among OPC UA servers, as files under the pki folder, and our own certificate, made once.
import { X509Certificate } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { extname, join } from 'node:path';
import type { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { Fault } from '../../core/fault.ts';

export type KnownCertificate = {
  /** SHA-256 over the certificate, in hexadecimal digits. */
  fingerprint: string;
  subject: string;
  validFrom: Date;
  validTo: Date;
  state: 'own' | 'trusted' | 'refused';
  file: string;
};

export const opcuaFolder = (pkiFolder: string): string => join(pkiFolder, 'opcua');
export const ownCertificateFile = (pkiFolder: string): string => join(opcuaFolder(pkiFolder), 'own/certs/tanbiao.pem');

/** The folders are those of OPC UA part 12: a certificate of an authority may be put there by hand. */
const folders = { own: 'own/certs', trusted: 'trusted/certs', refused: 'rejected' } as const;

export const fingerprintOf = (certificate: X509Certificate): string =>
  certificate.fingerprint256.replaceAll(':', '').toLowerCase();

export const subjectOf = ({ subject }: X509Certificate): string => subject.replaceAll('\n', ', ');

/** Our own certificate, and every server's that was met. */
export function listCertificates(pkiFolder: string): KnownCertificate[] {
  return (Object.keys(folders) as (keyof typeof folders)[]).flatMap((state) => {
    const folder = join(opcuaFolder(pkiFolder), folders[state]);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /\.(pem|der|crt|cer)$/i.test(name))
      .sort()
      .flatMap((name) => {
        const file = join(folder, name);
        const certificate = parse(file);
        return certificate === undefined
          ? []
          : [
              {
                fingerprint: fingerprintOf(certificate),
                subject: subjectOf(certificate),
                validFrom: certificate.validFromDate,
                validTo: certificate.validToDate,
                state,
                file,
              },
            ];
      });
  });
}

/** A file that is being written, or is no certificate, is none. */
function parse(file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return undefined;
  }
}

/** From the next attempt on, the server with this certificate is trusted. */
export function trustCertificate(pkiFolder: string, fingerprint: string): KnownCertificate {
  const wanted = fingerprint.replaceAll(/[:\s]/g, '').toLowerCase();
  const known = listCertificates(pkiFolder).filter(({ state }) => state !== 'own');
  const found = known.filter((one) => one.fingerprint === wanted);
  const trusted = found.find(({ state }) => state === 'trusted');
  if (trusted !== undefined) return trusted;
  const [refused] = found;
  if (refused === undefined) {
    const waiting = known.filter(({ state }) => state === 'refused');
    const list = waiting.map((one) => `\n  ${one.fingerprint}  ${one.subject}`).join('');
    throw new Fault('certificate_unknown', {
      zh: `没有指纹为 ${fingerprint} 的待信任证书；待信任：${list || '无'}`,
      en: `no certificate with the fingerprint ${fingerprint} waits for trust; waiting: ${list || 'none'}`,
    });
  }
  const folder = join(opcuaFolder(pkiFolder), folders.trusted);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${refused.fingerprint}${extname(refused.file)}`);
  renameSync(refused.file, file);
  return { ...refused, state: 'trusted', file };
}

const lifetimeDays = 3_650;

/**
 * Our certificate names this installation, not this machine: its URI is kept when the machine gets another name, and a
 * server that trusts us goes on doing so. Of two processes that make one at the same time, one wins.
 */
export async function ownCertificate(
  pkiFolder: string,
  manager: OPCUACertificateManager,
  id: string,
): Promise<{ file: string; applicationUri: string }> {
  const file = ownCertificateFile(pkiFolder);
  if (!existsSync(file)) {
    const draft = `${file}.${id}`;
    await manager.createSelfSignedCertificate({
      applicationUri: `urn:tanbiao:${id}`,
      dns: [hostname()],
      outputFile: draft,
      startDate: new Date(),
      subject: '/CN=Tanbiao/O=Tanbiao',
      validity: lifetimeDays,
    });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  const uri = /URI:([^,\s]+)/.exec(new X509Certificate(readFileSync(file)).subjectAltName ?? '')?.[1];
  if (uri !== undefined) return { file, applicationUri: uri };
  throw new Fault('certificate_invalid', {
    zh: `${file} 没有应用 URI（subjectAltName），不能用于 OPC UA；删除它，下次连接时会生成新证书`,
    en: `${file} has no application URI (subjectAltName) and cannot be used for OPC UA: delete it, and the next connection makes another`,
  });
}
