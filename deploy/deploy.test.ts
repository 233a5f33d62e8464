// The files for systemd, containers and Kubernetes speak of commands, files and secrets that exist. Nothing here runs a container.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { findProgram } from '../core/real-programs.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

type Service = { image?: string; command?: string[]; volumes?: string[]; depends_on?: string[]; ports?: string[] };
type Compose = { services: Record<string, Service>; volumes: Record<string, null> };
type Container = { args: string[]; envFrom: unknown[]; volumeMounts: { name: string }[] };
type Workload = {
  kind: string;
  metadata: { name: string };
  spec: {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: Container[]; volumes: { name: string }[] };
    };
    volumeClaimTemplates: { metadata: { name: string } }[];
  };
};

const composeFiles = ['deploy/docker/compose.yaml', 'deploy/docker/compose.apart.yaml'];
const composeOf = (file: string): Compose => parse(read(file), { merge: true });
const workloads = parseAllDocuments(read('deploy/kubernetes/tanbiao.yaml'))
  .map((document) => document.toJS() as Workload)
  .filter(({ kind }) => kind === 'StatefulSet');

/** What a command line says of itself; every option in use must be there. */
function assertCommand([command = '', ...rest]: readonly string[], where: string): void {
  const help = execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'bin/tanbiao.ts'), command, '--help'],
    { encoding: 'utf8' },
  );
  for (const option of rest.filter((one) => one.startsWith('--')))
    assert.ok(help.includes(option), `${where}: ${command} has no ${option}`);
}

test('every command in a container, a pod or a unit exists with its options', () => {
  const commands = new Map<string, [string[], string]>();
  const take = (command: string[], where: string) => commands.set(command.join(' '), [command, where]);
  for (const file of composeFiles)
    for (const [name, { image, command }] of Object.entries(composeOf(file).services))
      if (image?.startsWith('tanbiao:')) take(command ?? [], `${file}: ${name}`);
  for (const { metadata, spec } of workloads)
    for (const { args } of spec.template.spec.containers) take(args, `kubernetes: ${metadata.name}`);
  for (const file of globSync('deploy/systemd/*.service', { cwd: root })) {
    const [, line = ''] = /^ExecStart=\S+ \S+launch\.mjs (.+)$/m.exec(read(file)) ?? [];
    take(line.split(' '), file);
  }
  assert.ok(commands.size >= 5, `${commands.size} commands`);
  for (const [command, where] of commands.values()) assertCommand(command, where);
});

test('images are pinned, volumes declared, mounted files there, and every secret has a name in env.example', () => {
  const named = new Set(read('deploy/docker/env.example').match(/^[A-Z_]+(?==)/gm));
  for (const file of composeFiles) {
    const { services, volumes } = composeOf(file);
    for (const [name, { image = '', volumes: mounts = [], depends_on = [] }] of Object.entries(services)) {
      assert.match(image, /^[a-z/-]+:\d/, `${file}: ${name} has no pinned image`);
      for (const other of depends_on) assert.ok(other in services, `${file}: ${name} waits for ${other}`);
      for (const mount of mounts) {
        const [from = ''] = mount.split(':');
        if (from.startsWith('./'))
          assert.ok(
            ['./site', './mosquitto'].includes(from) || existsSync(join(root, 'deploy/docker', from)),
            `${file}: ${name} mounts ${from}`,
          );
        else assert.ok(from in volumes, `${file}: ${name} mounts ${from}, which is no volume`);
      }
    }
    for (const [, variable = ''] of read(file)
      .replaceAll(/^#.*$/gm, '')
      .matchAll(/\$\{([A-Z_]+)/g))
      assert.ok(named.has(variable), `${file}: ${variable} is not in env.example`);
  }
});

test('nothing of a plant is reached from outside but the page behind TLS and the broker over TLS', () => {
  const open = composeFiles.flatMap((file) =>
    Object.values(composeOf(file).services).flatMap(({ ports = [] }) => ports),
  );
  assert.deepEqual([...new Set(open)].sort(), ['443:443', '8883:8883']);
  assert.match(read('deploy/docker/mosquitto.conf'), /^allow_anonymous false$/m);
});

test('the image is made of files that are there, and neither its data nor its packages come from the folder of the builder', () => {
  const dockerfile = read('deploy/docker/Dockerfile');
  for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm))
    for (const source of sources.split(' ')) assert.ok(existsSync(join(root, source)), source);
  const ignored = read('.dockerignore').split('\n');
  for (const folder of ['.git', 'data', 'node_modules', '**/dist']) assert.ok(ignored.includes(folder), folder);
  assert.match(dockerfile, /^USER tanbiao$/m);
});

test('pods mount what they declare and select their own labels', () => {
  assert.deepEqual(
    workloads.map(({ metadata }) => metadata.name),
    ['ingest', 'slots', 'dashboards'],
  );
  for (const { metadata, spec } of workloads) {
    const { containers, volumes } = spec.template.spec;
    const declared = [...volumes, ...spec.volumeClaimTemplates.map((claim) => claim.metadata)].map(({ name }) => name);
    for (const { volumeMounts } of containers)
      for (const { name } of volumeMounts) assert.ok(declared.includes(name), `${metadata.name}: ${name}`);
    assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
  }
});

const systemd = findProgram('systemd-analyze');
test('systemd takes the units', { skip: systemd.skip }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-units-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['tanbiao.service', 'tanbiao-gateway.service']) {
    // The unit names the system's Node: where this machine has it is no matter of the unit.
    const unit = read(`deploy/systemd/${name}`).replace('/usr/bin/node', process.execPath);
    writeFileSync(join(folder, name), unit);
    const { status, stderr } = spawnSync(systemd.path, ['verify', '--man=no', join(folder, name)], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
  }
});
