// Owns the form of an entry: a field for each of its kind, with what is wrong at it, and what stood there before.
import type { EntryProblem } from '../../api/answers/records.ts';
import { text } from '../format.ts';
import { worded } from '../words.ts';
import { fieldName, valueName } from './entry-words.ts';
import { type Field, fieldsOf, type JsonSchema, type Written } from './form-fields.ts';

const words = worded(
  { choose: '请选择', add: '添加一项', remove: '移除', was: '原为', required: '必填' },
  { choose: 'choose', add: 'Add one', remove: 'Remove', was: 'was', required: 'required' },
);

export type FormProps = {
  schema: JsonSchema;
  written: Written;
  /** What a revision, or a new version, starts from. */
  before: Written;
  problems: readonly EntryProblem[];
  suggestions: Readonly<Record<string, readonly string[]>>;
  /** The id of what is revised stays. */
  fixed: readonly string[];
  change: (next: Written) => void;
};

export function EntryForm(props: FormProps) {
  return (
    <div class="form">
      {fieldsOf(props.schema).map((field) => (
        <One key={field.path} field={field} {...props} />
      ))}
    </div>
  );
}

function One({ field, ...props }: FormProps & { field: Field }) {
  if (field.sort === 'group')
    return (
      <fieldset class="group-of-fields">
        <legend>{fieldName(field.name)}</legend>
        <div class="form">
          {field.fields.map((one) => (
            <One key={one.path} field={one} {...props} />
          ))}
        </div>
        <Problems at={field.path} problems={props.problems} />
      </fieldset>
    );
  if (field.sort === 'list') return <List field={field} {...props} />;
  return <Single field={field} {...props} />;
}

function List({ field, ...props }: FormProps & { field: Extract<Field, { sort: 'list' }> }) {
  const { written, change } = props;
  const numbers = [
    ...new Set(
      Object.keys(written)
        .filter((path) => path.startsWith(`${field.path}.`))
        .map((path) => Number(path.slice(field.path.length + 1).split('.')[0])),
    ),
  ].sort((a, b) => a - b);
  const [first = ''] = Object.keys(field.item.properties ?? {});
  const next = (numbers.at(-1) ?? -1) + 1;
  const without = (number: number) =>
    Object.fromEntries(Object.entries(written).filter(([path]) => !path.startsWith(`${field.path}.${number}.`)));
  return (
    <fieldset class="group-of-fields">
      <legend>{fieldName(field.name)}</legend>
      {numbers.map((number) => (
        <div key={number} class="form item">
          {fieldsOf(field.item, `${field.path}.${number}`).map((one) => (
            <One key={one.path} field={one} {...props} />
          ))}
          <button type="button" class="quiet" onClick={() => change(without(number))}>
            {words.value.remove}
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet"
        onClick={() => change({ ...written, [`${field.path}.${next}.${first}`]: '' })}
      >
        + {words.value.add}
      </button>
      <Problems at={field.path} problems={props.problems} />
    </fieldset>
  );
}

function Single({
  field,
  written,
  before,
  problems,
  suggestions,
  fixed,
  change,
}: FormProps & { field: Extract<Field, { choices: string[] }> }) {
  const { path, name, required, sort, choices } = field;
  const value = written[path] ?? '';
  const was = before[path];
  const wrong = problems.some((problem) => problem.path === path);
  const offered = suggestions[name] ?? [];
  const common = {
    id: `field-${path}`,
    name: path,
    'aria-invalid': wrong,
    'aria-describedby': wrong ? `problem-${path}` : undefined,
    disabled: fixed.includes(path),
  };
  const put = (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
    change({ ...written, [path]: event.currentTarget.value });
  return (
    <div class={wrong ? 'field wrong' : 'field'}>
      <label for={common.id}>
        {fieldName(name)}
        {required && (
          <span class="required" title={words.value.required}>
            {' '}
            *
          </span>
        )}
      </label>
      {sort === 'choice' || sort === 'boolean' ? (
        <select {...common} value={value} onChange={put}>
          <option value="">{required ? words.value.choose : '—'}</option>
          {choices.map((one) => (
            <option key={one} value={one}>
              {valueName(one)}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type={sort === 'date' ? 'date' : 'text'}
          inputMode={sort === 'number' ? 'decimal' : undefined}
          class={sort === 'number' ? 'right' : undefined}
          autoComplete="off"
          list={offered.length > 0 ? `list-${path}` : undefined}
          value={value}
          onInput={put}
        />
      )}
      {offered.length > 0 && (
        <datalist id={`list-${path}`}>
          {offered.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {was !== undefined && was !== value && (
        <p class="hint">
          {words.value.was} <del>{choices.includes(was) ? valueName(was) : was}</del>
        </p>
      )}
      <Problems at={path} problems={problems} />
    </div>
  );
}

export function Problems({ at, problems }: { at: string; problems: readonly EntryProblem[] }) {
  const own = problems.filter(({ path }) => path === at);
  if (own.length === 0) return null;
  return (
    <ul class="problems" id={`problem-${at}`}>
      {own.map((problem) => (
        <li key={problem.text.en}>{text(problem.text)}</li>
      ))}
    </ul>
  );
}
