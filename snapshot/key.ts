// Owns the plant's key: made once, readable by its owner alone, and known to others by its public part and fingerprint.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../core/canonical.ts';
import { exitCodes, Fault } from '../core/fault.ts';

export type PlantKey = { fingerprint: string; publicKey: string; sign(content: string): string };

const fileOf = (dataFolder: string): string => join(dataFolder, 'keys', 'snapshot.pem');

/** Made at the first start. A key that others can read could be theirs as well: refused. */
export function plantKey(dataFolder: string): PlantKey {
  const file = fileOf(dataFolder);
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx', flush: true });
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new Fault(
      'key_exposed',
      {
        zh: `签名密钥 ${file} 可被他人读取：请执行 chmod 600，并考虑更换密钥`,
        en: `others can read the signing key ${file}: chmod 600 it, and think of making a new one`,
      },
      { exitCode: exitCodes.configuration },
    );
  const privateKey = createPrivateKey(readFileSync(file));
  const publicKey = encode(createPublicKey(privateKey));
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: (content) => sign(null, Buffer.from(content), privateKey).toString('base64'),
  };
}

const encode = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64');

export const fingerprintOf = (publicKey: string): string => sha256(Buffer.from(publicKey, 'base64'));

export const publicPem = (publicKey: string): string =>
  `-----BEGIN PUBLIC KEY-----\n${publicKey}\n-----END PUBLIC KEY-----\n`;

export function isSignedBy(publicKey: string, content: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(content), key, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false; // what is no key has signed nothing
  }
}
