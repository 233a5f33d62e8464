// Owns what stands in place of an answer that is not there: still coming, or failed with its reason and a way to try again.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ask, forget } from '../state.ts';
import { say } from '../words.ts';

export function Answered<T>({ path, children }: { path: string; children: (data: T) => ComponentChildren }) {
  const [, again] = useState(0);
  const { data, error } = ask<T>(path).value;
  if (data !== null) return <>{children(data)}</>;
  if (error === null)
    return (
      <p class="empty" aria-busy="true">
        {say.value.loading}
      </p>
    );
  return (
    <p class="failure" role="alert">
      {say.value.failed}: {error}{' '}
      <button
        type="button"
        onClick={() => {
          forget(path);
          again((count) => count + 1);
        }}
      >
        {say.value.retry}
      </button>
    </p>
  );
}
