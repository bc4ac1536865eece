import type { Texts } from '../texts/en.ts';
import { type Markup, markup } from './markup.ts';
import { note, section } from './section.ts';

/** The annotations of this result, to copy into Git. The button is hidden until the page's script makes it work. */
export function annotationsSection(annotations: string, { next }: Texts): Markup {
  return section(
    'next',
    next.heading,
    note(next.note),
    markup`<pre tabindex="0"><code id="annotations">${annotations}</code></pre>
<p><button type="button" id="copy" hidden data-done="${next.copied}" data-failed="${next.copyFailed}">${next.copy}</button> <span id="copy-outcome" role="status"></span></p>`,
  );
}
