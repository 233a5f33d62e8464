// Owns a drawer over a screen, whose being open is in the address: Escape, the button and a click beside it close it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { go, written } from '../address.ts';
import { say } from '../words.ts';

/** What is open over the screen: entry:gec-2025, new:credit, import, … */
export const openedPart = written('open');
export const openPart = (what: string | null): void => go({ open: what });
const close = (): void => openPart(null);

export function Drawer({ title, hint, children }: { title: string; hint?: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    if (current?.open === false) current.showModal();
    const beside = (event: MouseEvent) => event.target === current && close();
    current?.addEventListener('click', beside);
    return () => current?.removeEventListener('click', beside);
  }, []);
  return (
    <dialog ref={dialog} class="drawer" aria-label={title} onClose={close}>
      <div class="drawer-head">
        <div>
          <h2>{title}</h2>
          {hint !== undefined && <p class="hint">{hint}</p>}
        </div>
        <button type="button" onClick={close}>
          {say.value.close}
        </button>
      </div>
      {children}
    </dialog>
  );
}
