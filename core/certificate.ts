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

/** Codes of OpenSSL and Node for a chain that ends at somebody whom we do not know. */
const unknownAuthority =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED)$/;

/** What is wrong with whose certificate, where the error of a TLS connection tells it in words of its own only. */
export function explainTls(error: unknown, { ca, certificate }: CertificateFiles = {}): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (unknownAuthority.test(code)) {
    const [zh, en] = ca === undefined ? ['系统信任的机构', 'those that this system trusts'] : [ca, `those in ${ca}`];
    return refused(
      `对方的证书不是由 ${zh} 中的机构签发的；若对方更换了 CA，请把新的 CA 证书放入该文件`,
      `the other side's certificate is of no authority among ${en}: if its authority changed, put the new one there`,
    );
  }
  if (code === 'CERT_HAS_EXPIRED')
    return refused('对方的证书已过期；请在对方更换', "the other side's certificate has expired: replace it there");
  if (code.endsWith('CERTIFICATE_REVOKED'))
    return refused(
      `对方称我方证书 ${certificate} 已被吊销；请更换`,
      `the other side says that ${certificate} is revoked: replace it`,
    );
  return error;
}
