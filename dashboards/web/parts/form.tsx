// Owns a form that asks the server for a change: it says that it is at work, what went wrong, and takes no second press meanwhile.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { worded } from '../words.ts';

const words = worded(
  { working: (seconds: number) => `处理中… ${seconds} s` },
  { working: (seconds) => `at work … ${seconds} s` },
);

export type Given = Record<string, string>;

export function Form(props: {
  submit: string;
  send: (given: Given) => Promise<void>;
  class?: string;
  /** What takes its time meanwhile. */
  work?: string;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  return (
    <form
      class={`form ${props.class ?? ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
        setBusy(true);
        setFailed(null);
        props
          .send(given)
          .then(() => form.reset())
          .catch((error: Error) => setFailed(error.message))
          .finally(() => setBusy(false));
      }}
    >
      {props.children}
      <button type="submit" class="main" disabled={busy}>
        {props.submit}
      </button>
      {busy && <Working work={props.work} />}
      {failed !== null && (
        <p class="failure" role="alert">
          {failed}
        </p>
      )}
    </form>
  );
}

/** Whatever is answered within a second needs no word. */
function Working({ work }: { work: string | undefined }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((one) => one + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (seconds === 0) return null;
  return (
    <p class="working">
      <span role="status">{work}</span> <small>{words.value.working(seconds)}</small>
    </p>
  );
}

type Autocomplete = 'username' | 'current-password' | 'new-password' | 'one-time-code' | 'off';

export function Field(props: {
  name: string;
  label: string;
  kind?: 'text' | 'password' | 'date';
  autocomplete?: Autocomplete;
  required?: boolean;
  hint?: string;
}) {
  const { name, label, kind = 'text', autocomplete = 'off', required = true, hint } = props;
  const id = useId();
  const rest = { id, name, autocomplete, required };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {kind === 'password' && <input type="password" {...rest} />}
      {kind === 'date' && <input type="date" {...rest} />}
      {kind === 'text' && <input type="text" {...rest} />}
      {hint !== undefined && <small>{hint}</small>}
    </div>
  );
}

/** Keepers of passwords want to know whose the new one is. */
export function Whose({ name }: { name: string }) {
  return <input class="hidden" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />;
}
