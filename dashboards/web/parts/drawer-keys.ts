// Owns the arrow keys of the trace: up and down along what can be opened, right opens, left closes or goes to what it is part of.

/** In a date field and beside it, the arrows belong to the field. */
export function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const { target, currentTarget, key } = event;
  if (!(target instanceof HTMLElement) || target instanceof HTMLInputElement) return;
  if (!['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'].includes(key)) return;
  const here = target.closest('summary');
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    if (target.matches('.scroll, .scroll *')) return;
    const stops = [...currentTarget.querySelectorAll<HTMLElement>('summary, .stands-on button')].filter((one) =>
      one.checkVisibility(),
    );
    stops[stops.indexOf(here ?? target) + (key === 'ArrowDown' ? 1 : -1)]?.focus();
  } else {
    const node = here?.parentElement;
    if (!(node instanceof HTMLDetailsElement)) return;
    if (key === 'ArrowRight') node.open = true;
    else if (node.open) node.open = false;
    else node.parentElement?.closest('details')?.querySelector('summary')?.focus();
  }
  event.preventDefault();
}
