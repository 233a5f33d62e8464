// Owns a link within the page: a real one, to be opened in another tab or copied, that changes the address without a reload.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { go, linkTo } from '../address.ts';

type LinkProps = {
  to: Record<string, string | null>;
  class?: string | ReadonlySignal<string>;
  'aria-current'?: 'page' | 'true' | undefined;
  'aria-label'?: string;
  [data: `data-${string}`]: string | ReadonlySignal<string>;
  children: ComponentChildren;
};

export function Link({ to, children, ...rest }: LinkProps) {
  return (
    <a
      {...rest}
      href={linkTo(to)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
        scrollTo(0, 0);
      }}
    >
      {children}
    </a>
  );
}
