// Owns the completeness of package-lock.json: every optional platform package has an entry, also on a mirror that lacks it.
import { readFileSync, writeFileSync } from 'node:fs';

type LockedPackage = { version?: string; optionalDependencies?: Record<string, string> };
export type Lockfile = { packages: Record<string, LockedPackage & Record<string, unknown>> };

export type MissingPackage = { path: string; name: string; version: string };

/** npm resolves a dependency by walking up the folders; the lockfile's keys follow the same walk. */
function isLocked(packages: Lockfile['packages'], from: string, name: string): boolean {
  for (let base = from; ; ) {
    if (`${base === '' ? '' : `${base}/`}node_modules/${name}` in packages) return true;
    if (base === '') return false;
    base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')));
  }
}

export function missingOptionalPackages(lock: Lockfile): MissingPackage[] {
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock.packages, path, name))
      .map(([name, version]) => ({ path: `node_modules/${name}`, name, version })),
  );
}

/** Platform packages carry their platform in the name: `@duckdb/node-bindings-linux-arm64-musl`. */
export function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.split(/[-/@.]/);
  const os = words.find((word) => /^(linux|darwin|win32|android|freebsd|openharmony)$/.test(word));
  const cpu = words.find((word) => /^(x64|arm64|arm|ia32|riscv64|ppc64|s390x|loong64)$/.test(word));
  if (os === undefined || cpu === undefined) return undefined;
  if (os !== 'linux') return { os: [os], cpu: [cpu] };
  return { os: [os], cpu: [cpu], libc: [words.includes('musl') ? 'musl' : 'glibc'] };
}

export function completeLockfile(lock: Lockfile): { lock: Lockfile; added: string[] } {
  const packages = { ...lock.packages };
  const added: string[] = [];
  for (const { path, name, version } of missingOptionalPackages(lock)) {
    const platform = platformOf(name);
    if (platform === undefined) throw new Error(`package-lock.json: ${name} names no platform; add its entry by hand`);
    packages[path] = { version, ...platform, optional: true };
    added.push(`${name}@${version}`);
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { lock: { ...lock, packages: sorted }, added };
}

if (import.meta.main) {
  const file = new URL('../package-lock.json', import.meta.url);
  const { lock, added } = completeLockfile(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.error(
    added.length === 0 ? 'package-lock.json is complete' : `added ${added.length} entries:\n${added.join('\n')}`,
  );
}
