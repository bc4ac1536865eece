import { type Markup, markup } from './markup.ts';

/** A part of the page under its own heading. @param id unique in the page */
export function section(id: string, heading: string | Markup, ...content: readonly (Markup | undefined)[]): Markup {
  return markup`<section aria-labelledby="h-${id}"><h2 id="h-${id}">${heading}</h2>
${content}</section>
`;
}

/** What the reader has to know to read a picture. */
export function note(text: string | Markup): Markup {
  return markup`<p class="note">${text}</p>
`;
}
