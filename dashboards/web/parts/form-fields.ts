// Owns the fields of a form: out of the schema of an entry's kind, and back from what was written into an entry.
export type JsonSchema = {
  type?: string;
  const?: unknown;
  enum?: string[];
  format?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
};

export type Field = { name: string; path: string; required: boolean } & (
  | { sort: 'text' | 'number' | 'date' | 'choice' | 'boolean'; choices: string[] }
  | { sort: 'group'; fields: Field[] }
  | { sort: 'list'; item: JsonSchema }
);

/** Written by the system, or by what the drawer is for. */
const hidden = ['kind', 'withdrawn', 'sha256', 'file'];
const last = ['evidence', 'note'];

/** In the order of the schema, with what is said of every entry at its end. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema, path = ''): Field[] {
  const names = Object.keys(properties).filter((name) => path !== '' || !hidden.includes(name));
  const ordered = path === '' ? [...names.filter((name) => !last.includes(name)), ...last] : names;
  return ordered.flatMap((name) => {
    const schema = properties[name];
    return schema === undefined
      ? []
      : [fieldOf(name, schema, path === '' ? name : `${path}.${name}`, required.includes(name))];
  });
}

function fieldOf(name: string, schema: JsonSchema, path: string, required: boolean): Field {
  const field = { name, path, required };
  if (schema.type === 'object') {
    // Of a group that may be left out, nothing is needed by itself.
    const fields = fieldsOf(schema, path).map((one) => ({ ...one, required: required && one.required }));
    return { ...field, sort: 'group', fields };
  }
  if (schema.type === 'array') return { ...field, sort: 'list', item: schema.items ?? {} };
  if (schema.enum !== undefined) return { ...field, sort: 'choice', choices: schema.enum };
  if (schema.type === 'boolean') return { ...field, sort: 'boolean', choices: ['true', 'false'] };
  if (schema.type === 'integer' || schema.type === 'number') return { ...field, sort: 'number', choices: [] };
  return { ...field, sort: schema.format === 'date' ? 'date' : 'text', choices: [] };
}

/** A fuel has parts where other factors have a value. */
export function withoutForeign(schema: JsonSchema, kind: string, written: Written): JsonSchema {
  if (kind !== 'factor') return schema;
  const parts = ['ncv', 'carbon', 'oxidation'];
  const foreign =
    written.factor === 'fuel' ? ['value', 'unit'] : written.factor === 'gwp' ? parts : [...parts, 'family'];
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !foreign.includes(name));
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** What stands in the fields, by their paths. Items of a list are numbered. */
export type Written = Readonly<Record<string, string>>;

export function writtenOf(value: unknown, path = ''): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') return { [path]: String(value) };
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      Object.entries(writtenOf(item, path === '' ? key : `${path}.${key}`)),
    ),
  );
}

type Loose = { [key: string]: unknown };

/** What is left empty is left out. A number that is none goes as it was written: the check says what is wrong with it. */
export function entryFrom(written: Written, schema: JsonSchema): Loose {
  const root: Loose = {};
  for (const [path, text] of Object.entries(written)) {
    const keys = path.split('.');
    if (text.trim() === '' || schema.properties?.[keys[0] ?? ''] === undefined) continue;
    let at: Loose = root;
    for (const [depth, key] of keys.slice(0, -1).entries()) {
      at[key] ??= /^\d+$/.test(keys[depth + 1] ?? '') ? [] : {};
      at = at[key] as Loose;
    }
    at[keys.at(-1) as string] = valueFrom(text.trim(), schemaAt(schema, keys));
  }
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    if (one.type !== 'array') continue;
    // An item that was emptied leaves no hole.
    if (Array.isArray(root[name])) root[name] = root[name].filter((item) => item !== undefined);
    else if (schema.required?.includes(name)) root[name] = [];
  }
  return root;
}

function schemaAt(schema: JsonSchema, keys: readonly string[]): JsonSchema {
  return keys.reduce<JsonSchema>((at, key) => (at.type === 'array' ? at.items : at.properties?.[key]) ?? {}, schema);
}

function valueFrom(text: string, { type, const: fixed }: JsonSchema): unknown {
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : (fixed ?? text));
  if (type !== 'number' && type !== 'integer') return text;
  const plain = text.replaceAll(/(?<=\d)[ ,\u00a0\u202f](?=\d{3}\b)/g, '');
  return plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : text;
}
