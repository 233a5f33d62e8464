// Owns a secret that is shown once: a code or a token, to be copied before it is gone.
import { signal } from '@preact/signals';
import { worded } from '../words.ts';

export const shownOnce = signal<{ what: string; secret: string } | null>(null);

const words = worded(
  { hint: '只显示这一次，请现在抄下或复制。', copy: '复制', done: '已保存' },
  { hint: 'It is shown this once: copy it now.', copy: 'Copy', done: 'I have it' },
);

export function Once() {
  const shown = shownOnce.value;
  if (shown === null) return null;
  return (
    <section class="once" role="status">
      <p>
        {shown.what} <code>{shown.secret}</code>
      </p>
      <p class="hint">{words.value.hint}</p>
      <p>
        <button type="button" onClick={() => void navigator.clipboard.writeText(shown.secret)}>
          {words.value.copy}
        </button>{' '}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            shownOnce.value = null;
          }}
        >
          {words.value.done}
        </button>
      </p>
    </section>
  );
}
