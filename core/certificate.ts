// Owns our certificates for brokers and servers: read at every connection so that renewed ones are used, and watched so that none runs out unseen.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from './fault.ts';
import type { Text } from './text.ts';

/** Files. Without `certificate` and `key` the broker knows us by name and password alone. */
export type CertificateFiles = { ca?: string | undefined; certificate?: string | undefined; key?: string | undefined };

export type Certificates = { ca?: Buffer; cert?: Buffer; key?: Buffer };

const day = 86_400_000;
/** Somebody must act within these days. */
const warnAt = 30;

/**
 * With TLS 1.3 a broker that does not like our certificate just closes: what is wrong with it has to be found here.
 */
export function readCertificates(
  files: CertificateFiles,
  now: number,
): { certificates: Certificates; warnings: Text[] } {
  const certificates: Certificates = {
    ...(files.ca === undefined ? {} : { ca: read(files.ca) }),
    ...(files.certificate === undefined ? {} : { cert: read(files.certificate) }),
    ...(files.key === undefined ? {} : { key: read(files.key) }),
  };
  const warnings = [
    ...(files.ca === undefined ? [] : check(files.ca, certificates.ca, now)),
    ...(files.certificate === undefined ? [] : check(files.certificate, certificates.cert, now)),
  ];
  return { certificates, warnings };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Fault(
      'certificate_unreadable',
      {
        zh: `无法读取证书文件 ${file}：请检查路径和权限`,
        en: `cannot read ${file}: check the path and its permissions`,
      },
      { cause, retry: true },
    );
  }
}

function check(file: string, content: Buffer | undefined, now: number): Text[] {
  const { validFromDate, validToDate } = parse(file, content ?? Buffer.alloc(0));
  const until = validToDate.toISOString().slice(0, 10);
  const from = validFromDate.toISOString().slice(0, 10);
  if (now < validFromDate.getTime())
    throw refused(
      `证书 ${file} 自 ${from} 起才有效；请检查本机时钟`,
      `${file} is not valid before ${from}: check this machine's clock`,
    );
  if (now >= validToDate.getTime())
    throw refused(`证书 ${file} 已于 ${until} 过期；请更换`, `${file} expired on ${until}: replace it`);
  const days = Math.floor((validToDate.getTime() - now) / day);
  if (days > warnAt) return [];
  return [{ zh: `证书 ${file} 将于 ${days} 天后（${until}）过期`, en: `${file} expires in ${days} days (${until})` }];
}

function parse(file: string, content: Buffer): X509Certificate {
  try {
    return new X509Certificate(content);
  } catch (cause) {
    throw new Fault(
      'certificate_invalid',
      { zh: `${file} 不是 PEM 证书`, en: `${file} is not a PEM certificate` },
      { cause, retry: true },
    );
  }
}

const refused = (zh: string, en: string): Fault => new Fault('certificate_not_valid', { zh, en }, { retry: true });
