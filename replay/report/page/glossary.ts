import type { Texts } from '../texts/en.ts';
import { TERMS, type Term } from '../texts/terms.ts';
import { type Markup, markup } from './markup.ts';

/**
 * A term that explains itself on hover, focus and tap. A real button with the browser's own popover: it works by
 * keyboard and without a script, which only adds hover and the place beside the term.
 */
export function term(texts: Texts, key: Term, label: string | Markup = texts.glossary[key].name): Markup {
  return markup`<button type="button" class="term" popovertarget="tip-${key}" popovertargetaction="show" aria-describedby="tip-${key}">${label}</button>`;
}

/** What the terms open: one for each, once a page. */
export function tips({ glossary }: Texts): Markup {
  return markup`${TERMS.map(
    (key) =>
      markup`<div class="tip" popover id="tip-${key}"><strong>${glossary[key].name}</strong> ${glossary[key].meaning}</div>
`,
  )}`;
}

/** The whole list, for print and for browsers without popovers. */
export function glossarySection(texts: Texts): Markup {
  return markup`<details class="glossary"><summary>${texts.page.glossary}</summary><dl>${TERMS.map(
    (key) => markup`<div><dt>${texts.glossary[key].name}</dt><dd>${texts.glossary[key].meaning}</dd></div>`,
  )}</dl></details>`;
}
