// Owns device templates: one YAML file a model, checked when it is loaded. A new meter is a new file, never new code.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Problem, readYaml, refuseProblems } from '../core/config/yaml-file.ts';
import { Fault } from '../core/fault.ts';
import { cjt188Template } from './cjt188/field-template.ts';
import { dlt645Template } from './dlt645/identifier-template.ts';
import { modbusTemplate, sunspecTemplate } from './modbus/register-template.ts';
import { lintTemplate } from './template-lint.ts';

export const templateSchema = z.discriminatedUnion('protocol', [
  modbusTemplate,
  sunspecTemplate,
  dlt645Template,
  cjt188Template,
]);

export type Template = z.infer<typeof templateSchema>;
export type RegisterTemplate = Extract<Template, { protocol: 'modbus' | 'sunspec' }>;
export type Dlt645Template = Extract<Template, { protocol: 'dlt645' }>;
export type Cjt188Template = Extract<Template, { protocol: 'cjt188' }>;
export type RegisterPoint = RegisterTemplate['points'][number];
export type IdentifierPoint = Dlt645Template['points'][number];
export type FieldPoint = Cjt188Template['points'][number];
export type RegisterReading = RegisterTemplate['probe'][number];
export type SerialNumber = NonNullable<RegisterTemplate['serialNumber']>;
export type AnyPoint = Template['points'][number];

export const isRegisterTemplate = (template: Template): template is RegisterTemplate =>
  template.protocol === 'modbus' || template.protocol === 'sunspec';

export const devicesFolder = fileURLToPath(new URL('devices', import.meta.url));

export const templateFiles = (): string[] =>
  readdirSync(devicesFolder)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.golden.yaml'))
    .sort();

export const templateIds = (): string[] =>
  templateFiles()
    .map((file) => basename(file, '.yaml'))
    .sort();

const loaded = new Map<string, Template>();

export function loadTemplate(id: string): Template {
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const file = join(devicesFolder, `${id}.yaml`);
  if (!existsSync(file)) {
    const ids = templateIds().join(', ');
    throw new Fault('template_unknown', {
      zh: `没有设备模板 “${id}”；已有：${ids}`,
      en: `there is no device template "${id}"; there are: ${ids}`,
    });
  }
  const { template, problems } = checkTemplate(file);
  if (template === undefined || problems.length > 0) refuseProblems(problems);
  loaded.set(id, template);
  return template;
}

export function loadRegisterTemplate(id: string): RegisterTemplate {
  const template = loadTemplate(id);
  if (isRegisterTemplate(template)) return template;
  throw new Fault('template_unfit', {
    zh: `模板 ${id} 使用 ${template.protocol} 协议，不能用于 Modbus 连接`,
    en: `the template ${id} speaks ${template.protocol}: it cannot be used on a Modbus connection`,
  });
}

export function checkTemplate(file: string): { template: Template | undefined; problems: Problem[] } {
  const { value: template, problems, problemAt } = readYaml(file, templateSchema);
  if (template === undefined) return { template, problems };
  const find = (path: PropertyKey[], zh: string, en: string) => problems.push(problemAt(path, { zh, en }));
  if (`${template.id}.yaml` !== basename(file))
    find(['id'], `文件名应为 ${template.id}.yaml`, `the file must be named ${template.id}.yaml`);
  lintTemplate(template, find);
  return { template, problems };
}
