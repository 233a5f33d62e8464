// A JSON Schema of Grafana's dashboards, made from the SDK's own type declarations: generated code of a few regular forms.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

type Schema = Record<string, unknown>;

const types = join(createRequire(import.meta.url).resolve('@grafana/grafana-foundation-sdk/cog'), '../..');
const modules = ['dashboard', 'common', 'stat', 'statetimeline', 'table', 'timeseries'] as const;

/** Definitions are named `module.Type`, and an enum's member `module.Enum.Member`. */
export function sdkSchema(): Schema {
  const $defs: Record<string, Schema> = {
    // What a query is, the SDK leaves to each data source.
    'cog.Dataquery': object(
      {
        refId: { type: 'string' },
        datasource: { $ref: '#/$defs/common.DataSourceRef' },
        query: { type: 'string' },
        rawQuery: { const: true },
        resultFormat: { enum: ['table', 'time_series'] },
        alias: { type: 'string' },
      },
      ['refId', 'datasource', 'query', 'rawQuery', 'resultFormat'],
    ),
  };
  for (const name of modules) Object.assign($defs, definitionsIn(name));
  return { $schema: 'http://json-schema.org/draft-07/schema#', $defs };
}

const object = (properties: Record<string, Schema>, required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

function definitionsIn(module: string): Record<string, Schema> {
  const text = readFileSync(join(types, module, 'types.gen.d.ts'), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found: Record<string, Schema> = {};
  for (const [, name = '', body = ''] of text.matchAll(/export declare enum (\w+) \{([^}]*)\}/g)) {
    const members = [...body.matchAll(/(\w+) = ("[^"]*"|-?\d+)/g)].map(([, member, value = '']) => [
      member,
      JSON.parse(value),
    ]);
    found[`${module}.${name}`] = { enum: members.map(([, value]) => value) };
    for (const [member, value] of members) found[`${module}.${name}.${member}`] = { const: value };
  }
  for (const match of text.matchAll(/export (?:interface (\w+) |type (\w+) = )/g)) {
    const rest = text.slice(match.index + match[0].length);
    found[`${module}.${match[1] ?? match[2]}`] = new TypeReader(rest, module).union();
  }
  return found;
}

class TypeReader {
  readonly #words: string[];
  readonly #module: string;
  #at = 0;

  constructor(text: string, module: string) {
    this.#words = text.match(/"[^"]*"|[\w.]+|[{}[\]()<>|?:;,]/g) ?? [];
    this.#module = module;
  }

  union(): Schema {
    this.#take('|');
    const parts = [this.#array()];
    while (this.#take('|')) parts.push(this.#array());
    return parts.length === 1 ? (parts[0] as Schema) : { anyOf: parts };
  }

  #array(): Schema {
    let one = this.#single();
    while (this.#take('[')) {
      this.#expect(']');
      one = { type: 'array', items: one };
    }
    return one;
  }

  #single(): Schema {
    const word = this.#next();
    if (word === '{') return this.#fields();
    if (word === '(') {
      const inner = this.union();
      this.#expect(')');
      return inner;
    }
    if (word === 'Record') {
      this.#expect('<', 'string', ',');
      const values = this.union();
      this.#expect('>');
      return { type: 'object', additionalProperties: values };
    }
    if (word === 'any') return {};
    if (word.startsWith('"') || /^-?\d/.test(word) || word === 'true' || word === 'false')
      return { const: JSON.parse(word) };
    if (['string', 'number', 'boolean', 'null'].includes(word)) return { type: word };
    const isForeign = /^[a-z]/.test(word);
    return { $ref: `#/$defs/${isForeign ? word : `${this.#module}.${word}`}` };
  }

  #fields(): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    while (!this.#take('}')) {
      const name = this.#next();
      if (!this.#take('?')) required.push(name);
      this.#expect(':');
      properties[name] = this.union();
      this.#expect(';');
    }
    return object(properties, required);
  }

  #next(): string {
    return this.#words[this.#at++] ?? '';
  }

  #take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  #expect(...words: string[]): void {
    for (const word of words)
      if (!this.#take(word))
        throw new Error(
          `the SDK's types have a form that is not known: ${this.#words.slice(this.#at, this.#at + 8).join(' ')}`,
        );
  }
}
